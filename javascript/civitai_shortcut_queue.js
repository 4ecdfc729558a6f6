/*
 * What people do with rows of the queue: select several, open the menu of one, and set limits. Builds on
 * civitai_shortcut.js, which talks to the program.
 */
(() => {
  'use strict';

  const shared = window.civitaiShortcut;
  const { has, send, say, words, rows, step } = shared;
  const keyOf = (row) => row.dataset.csKey;
  const find = (selector) => shared.root()?.querySelector(selector);
  let anchor = null;

  // --- selecting -------------------------------------------------------------------------------

  // What the program knows, and what it has not heard of yet.
  const selected = () => {
    const chosen = new Set((has.page.selected || []).map(String));
    for (const message of shared.unheard()) {
      if (message?.do === 'select-none') chosen.clear();
      if (message?.do !== 'select') continue;
      for (const key of message.id.split(' ')) message.value === 'on' ? chosen.add(key) : chosen.delete(key);
    }
    return chosen;
  };

  const mark = () => {
    const chosen = selected();
    for (const row of rows()) {
      const on = chosen.has(keyOf(row));
      row.classList.toggle('cs-on', on);
      row.querySelector('.cs-pick input').checked = on;
    }
    shared.root()?.classList.toggle('cs-selecting', chosen.size > 0);
  };

  const select = (some, on) => {
    send('select', { id: some.map(keyOf).join(' '), value: on ? 'on' : 'off' });
    mark();
  };

  const between = (one, other) => {
    const all = rows();
    const places = [all.indexOf(one), all.indexOf(other)].sort((a, b) => a - b);
    return places[0] < 0 ? [other] : all.slice(places[0], places[1] + 1);
  };

  const pick = (row, on, range) => {
    const from = range && rows().find((one) => keyOf(one) === anchor);
    select(from ? between(from, row) : [row], on);
    anchor = keyOf(row);
  };

  document.addEventListener('click', (event) => {
    const box = event.target.closest?.('.cs-pick input');
    if (box) pick(box.closest('.cs-row'), box.checked, event.shiftKey);
  });

  // With Shift held down a click on a label would mark text instead.
  document.addEventListener('mousedown', (event) => {
    if (event.shiftKey && event.target.closest?.('.cs-pick')) event.preventDefault();
  });

  // --- keys in a row -----------------------------------------------------------------------------

  const meant = (row) => (selected().has(keyOf(row)) ? 'selected' : keyOf(row));

  const act = (row, ...actions) => {
    for (const action of actions) {
      const button = row.querySelector(`[data-cs-action="${action}"]`);
      if (button) return button.click();
    }
    const offered = row.querySelector('[data-cs-menu]').dataset.csMenu.split(' ');
    const action = actions.find((one) => offered.includes(one));
    if (action) send(action, { id: keyOf(row) });
  };

  const drop = (row) => {
    const asked = find('.cs-selection.cs-asks [data-cs-action="cancel-really"]');
    if (meant(row) !== 'selected') return act(row, 'cancel-really', 'cancel', 'remove');
    if (asked) return asked.click();
    send(find('.cs-selection [data-cs-action="cancel"]') ? 'cancel' : 'remove', { id: 'selected' });
  };

  shared.keys.push((event, row) => {
    const all = rows();
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== 'a') return false;
      send('select-all');
    } else if (event.key === ' ' && event.shiftKey) pick(row, !selected().has(keyOf(row)), false);
    else if (event.key === ' ') act(row, 'pause', 'resume', 'retry');
    else if (event.key === 'Delete') drop(row);
    else if (event.shiftKey && ['ArrowDown', 'ArrowUp'].includes(event.key)) {
      const next = all[all.indexOf(row) + (event.key === 'ArrowDown' ? 1 : -1)];
      if (!next) return true;
      select([row, next], true);
      anchor = keyOf(next);
      step(next);
    } else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      row.querySelector('[data-cs-action="menu"]').click();
    } else return false;
    return true;
  });

  // --- the menu of a row -------------------------------------------------------------------------

  let menu = null;
  let opener = null;

  const closeMenu = (focus) => {
    if (!menu) return false;
    menu.remove();
    menu = null;
    opener.setAttribute('aria-expanded', 'false');
    if (focus && opener.isConnected) opener.focus();
    return true;
  };

  const menuItem = (action) => {
    const [label, icon] = words().menu[action];
    const item = document.createElement('button');
    item.type = 'button';
    item.role = 'menuitem';
    item.tabIndex = -1;
    item.dataset.csItem = action;
    item.innerHTML = icon;
    item.append(Object.assign(document.createElement('span'), { textContent: label }));
    return item;
  };

  const placeMenu = () => {
    const at = opener.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    const below = at.bottom + 4 + size.height <= innerHeight;
    menu.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - 4 - size.height)}px`;
    menu.style.left = `${Math.max(8, Math.min(at.right, innerWidth - 8) - size.width)}px`;
  };

  shared.actions.menu = (button) => {
    const same = button === opener && menu;
    closeMenu(false);
    if (same) return;
    opener = button;
    opener.setAttribute('aria-expanded', 'true');
    menu = document.createElement('div');
    menu.className = 'cs-menu';
    menu.role = 'menu';
    menu.setAttribute('aria-label', button.getAttribute('aria-label'));
    menu.dataset.csRow = button.dataset.csId;
    menu.append(...button.dataset.csMenu.split(' ').map(menuItem));
    shared.root().append(menu);
    placeMenu();
    menu.firstElementChild.focus();
  };

  // The row was drawn anew below the open menu.
  const findOpener = () => {
    const button = find(`.cs-row[data-cs-key="${menu.dataset.csRow}"] [data-cs-action="menu"]`);
    if (!button || button.dataset.csMenu !== opener.dataset.csMenu) return closeMenu(false);
    opener = button;
    opener.setAttribute('aria-expanded', 'true');
    placeMenu();
  };

  const copyOf = (row, action) =>
    action === 'copy-link'
      ? row.querySelector('[data-cs-link]').dataset.csLink
      : row.querySelector('.cs-row-file').title;

  const choose = async (action, key) => {
    const row = rows().find((one) => keyOf(one) === key);
    closeMenu(true);
    if (!row) return;
    if (action === 'select') return pick(row, true, false);
    if (!action.startsWith('copy-')) return send(action, { id: key });
    const text = copyOf(row, action);
    const done = await shared.copyText(text);
    say(done ? words().copied : words().not_copied, text);
  };

  document.addEventListener('click', (event) => {
    const item = event.target.closest?.('.cs-menu [data-cs-item]');
    if (item) choose(item.dataset.csItem, menu.dataset.csRow);
    else if (!event.target.closest?.('.cs-menu, .cs-wires, [data-cs-action="menu"]')) closeMenu(false);
  });

  document.addEventListener('keydown', (event) => {
    if (!menu?.contains(event.target)) return;
    const items = [...menu.children].filter((one) => one.offsetParent);
    const place = items.indexOf(event.target);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[to % items.length].focus();
    } else if (event.key === 'Tab') closeMenu(true);
  });

  const followMenu = () => {
    if (!menu) return;
    const at = opener.getBoundingClientRect();
    if (!opener.isConnected || at.bottom < 0 || at.top > innerHeight) closeMenu(true);
    else placeMenu();
  };

  addEventListener('scroll', followMenu, { capture: true, passive: true });
  addEventListener('resize', followMenu);
  shared.escapes.push(() => closeMenu(true));

  // --- limits --------------------------------------------------------------------------------------

  const fillControls = () => {
    for (const [name, [value, problem]] of Object.entries(has.controls)) {
      const control = find(`[data-cs-control="${name}"]`);
      if (!control) continue;
      // What is wrong, or still being typed, stays there.
      const mine = control.tagName === 'INPUT' && (problem || document.activeElement === control);
      if (!mine && control.value !== value) control.value = value;
      control.setAttribute('aria-invalid', String(Boolean(problem)));
      const place = find(`[data-cs-problem="${name}"]`);
      if (place && place.textContent !== problem) place.textContent = problem;
    }
  };

  shared.actions['limits-turn'] = (button) => {
    const open = shared.root().classList.toggle('cs-limits-open');
    button.setAttribute('aria-expanded', String(open));
  };

  shared.shown.push(() => {
    if (menu && !opener.isConnected) findOpener();
    mark();
    fillControls();
  });
})();
