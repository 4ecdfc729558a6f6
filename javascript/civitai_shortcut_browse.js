/*
 * The Browse tab: its fields, and the filters that a narrow page keeps behind a button. The cards are
 * civitai_shortcut_cards.js's. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const shared = window.civitaiShortcut;
  const { send, actions, has } = shared;
  let fieldsText = '';
  let filled = null;

  const place = () => shared.root()?.querySelector('[data-cs-cards="browse"]');
  const find = (selector) => place()?.querySelector(selector);
  const field = (name) => find(`[data-cs-browse-${name}]`);

  // --- what the program says of the fields -----------------------------------------------------

  const show = () => {
    const text = has.parts['browse-fields'];
    const box = field('field');
    if (!text || !box || (text === fieldsText && box === filled)) return;
    fieldsText = text;
    filled = box;
    const said = JSON.parse(text);
    const boxes = { field: said.text, tag: said.tag, creator: said.creator };
    for (const [name, value] of Object.entries(boxes)) if (document.activeElement !== field(name)) field(name).value = value;
    if (said.tag || said.creator) find('[data-cs-browse-further]').open = true;
  };
  shared.shown.push(show, () => narrow());

  // --- the fields ------------------------------------------------------------------------------

  const search = () => {
    const box = field('field');
    box.blur();
    send('browse:search', { text: box.value });
  };

  actions['browse:search'] = search;

  const apply = (name, value) => send(`browse:${name}`, { value });

  // From wherever it was clicked: what it finds stands in this tab.
  for (const name of ['tag', 'creator']) {
    actions[`browse:${name}`] = (element, id, value) => {
      if (!place()?.offsetParent) document.querySelector('button#cs-tab-browse-button')?.click();
      apply(name, value);
    };
  }

  // What the address in the field shows is no model but pictures.
  actions['browse:gallery'] = (element, id, value) => {
    document.querySelector('button#cs-tab-gallery-button')?.click();
    send('gallery:open', { text: value });
  };

  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing || !place()) return;
    if (event.target === field('field')) search();
    for (const name of ['tag', 'creator']) if (event.target === field(name)) apply(name, event.target.value);
  });

  // A field that was emptied takes its filter away at once.
  document.addEventListener('search', (event) => {
    if (place() && event.target === field('field') && !event.target.value) search();
  });

  document.addEventListener('change', (event) => {
    for (const name of ['tag', 'creator']) if (place() && event.target === field(name) && !event.target.value) apply(name, '');
  });

  // --- the list of base models -----------------------------------------------------------------

  const narrow = () => {
    const box = field('find');
    const wanted = box?.value.trim().toLowerCase();
    if (!box) return;
    for (const choice of find('.cs-browse-choices').querySelectorAll('.cs-check')) {
      choice.hidden = Boolean(wanted) && !choice.textContent.toLowerCase().includes(wanted);
    }
  };

  document.addEventListener('input', (event) => {
    if (place() && event.target === field('find')) narrow();
  });

  document.addEventListener('click', (event) => {
    const list = field('bases');
    if (list?.open && !list.contains(event.target) && event.target.isConnected) list.open = false;
  });

  // --- on a narrow page ------------------------------------------------------------------------

  const turn = (open) => {
    place().classList.toggle('cs-filters-open', open);
    find('[data-cs-part="browse-filters"] button')?.setAttribute('aria-expanded', String(open));
    if (open) find('[data-cs-browse-side] button')?.focus({ preventScroll: true });
  };

  actions['browse:filters'] = () => turn(!place().classList.contains('cs-filters-open'));

  shared.escapes.push(() => {
    if (!place()?.offsetParent) return false;
    if (field('bases')?.open) {
      field('bases').open = false;
      find('[data-cs-browse-bases] summary').focus();
      return true;
    }
    if (!place().classList.contains('cs-filters-open')) return false;
    turn(false);
    find('[data-cs-part="browse-filters"] button')?.focus();
    return true;
  });
})();
