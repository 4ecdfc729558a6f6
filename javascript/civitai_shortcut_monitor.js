/*
 * What the Monitor tab needs of a script: its menu closes by itself, Escape takes back a question, and a button leads to
 * another tab. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const shared = window.civitaiShortcut;
  const find = (selector) => shared.root()?.querySelector(selector);

  const closeMenu = () => {
    const menu = find('.cs-drop[open]');
    if (!menu) return false;
    menu.open = false;
    return menu;
  };

  // Not the clicks that civitai_shortcut.js makes to talk to the program.
  document.addEventListener('click', (event) => {
    if (!event.isTrusted) return;
    const menu = find('.cs-drop[open]');
    const inside = event.target.closest?.('.cs-drop');
    if (menu && (inside !== menu || event.target.closest('a'))) menu.open = false;
  });

  shared.escapes.push(() => {
    const menu = closeMenu();
    if (menu) menu.querySelector('summary').focus();
    const asked = find('.cs-monitor .cs-asks [data-cs-action="monitor:keep"]');
    if (!menu && asked) asked.click();
    return Boolean(menu || asked);
  });

  // A question takes the place of the button that asked it, and the other way round: the focus goes along.
  let asking = false;
  shared.shown.push(() => {
    const keep = find('.cs-monitor .cs-asks [data-cs-action="monitor:keep"]');
    if (asking === Boolean(keep)) return;
    asking = Boolean(keep);
    if (document.activeElement !== document.body) return;
    (keep || find('[data-cs-action="monitor:clear"]'))?.focus({ preventScroll: true });
  });

  shared.actions['monitor:settings'] = () => document.querySelector('button#cs-tab-settings-button')?.click();
})();
