/*
 * The Shortcuts tab: what somebody types into its fields, files and links that are dropped on it, its filters on a
 * small screen. The cards themselves are drawn by civitai_shortcut_cards.js. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const PAUSE_MS = 300;
  const MOST_FILES = 1000;
  const AT_ONCE = 4;
  const FILES = 'civitai-shortcut/shortcuts/files';
  const shared = window.civitaiShortcut;
  const { send, actions, has } = shared;

  const place = () => shared.root()?.querySelector('[data-cs-shortcuts]');
  const find = (selector) => place()?.querySelector(selector);
  const visible = () => Boolean(place()?.offsetParent);
  const unheard = (action) => shared.unheard().some((one) => one?.do === `shortcuts:${action}`);
  const field = () => find('[data-cs-shortcuts-text]');

  let wishesText = '';
  let typing = 0;
  let told = null; // what of the text field the program has been told last
  let composing = false;
  const fetched = new Set();

  // --- what the program says -------------------------------------------------------------------

  const show = (changed) => {
    const text = has.parts['shortcuts-wishes'];
    if (!place() || !text) return;
    if (text !== wishesText || !place().csReady) fill(JSON.parse(text));
    wishesText = text;
    place().csReady = true;
    // Not at once: what had the focus gets it back first.
    if (changed.parts?.['shortcuts-panel'] || changed.parts?.['shortcuts-form']) setTimeout(focusFirst, 0);
    if (opener) setTimeout(focusOpener, 0);
    fetchExport();
  };

  const fill = (wishes) => {
    const box = field();
    if (box && document.activeElement !== box && !typing && !unheard('text')) {
      box.value = wishes.text;
      told = wishes.text;
    }
    find('[data-cs-shortcuts-sort]').value = wishes.sort;
    find('[data-cs-shortcuts-installed]').checked = wishes.installed;
    place().classList.toggle('cs-shortcuts-bare', wishes.bare);
    place().classList.toggle('cs-shortcuts-late', wishes.late);
    const button = find('.cs-shortcuts-filters button');
    const name = button.dataset.csName || (button.dataset.csName = button.textContent.trim());
    button.querySelector('span').textContent = wishes.wishes ? `${name} ${wishes.wishes}` : name;
  };

  let wanted = false; // somebody has just asked for a form
  const focusFirst = () => {
    const first = find('.cs-shortcuts-panel [data-cs-first], .cs-shortcuts-form [data-cs-first]');
    if (!wanted || !first) return;
    wanted = false;
    first.focus({ preventScroll: true });
    first.select?.();
  };

  // Who leaves what was unfolded goes on where it was asked for.
  let opener = null;
  const focusOpener = () => {
    if (wanted || !opener || find('.cs-shortcuts-panel, .cs-shortcuts-form')) return;
    const { action, id } = opener;
    opener = null;
    if (document.activeElement?.matches('input, select, textarea')) return;
    find(`[data-cs-action="${action}"][data-cs-id="${id}"]`)?.focus({ preventScroll: true });
  };
  const unfold = (action, id) => {
    wanted = Boolean(id);
    if (id) opener = { action, id };
    send(action, { id });
  };

  // An export that was asked for here is saved as soon as it is ready.
  const fetchExport = () => {
    const link = find('[data-cs-export]');
    if (!link || fetched.has(link.dataset.csExport)) return;
    fetched.add(link.dataset.csExport);
    if (visible()) link.click();
  };

  // --- fields ----------------------------------------------------------------------------------

  const search = () => {
    clearTimeout(typing);
    typing = 0;
    const text = field()?.value.trim() ?? '';
    if (text === told) return;
    told = text;
    send('shortcuts:text', { text });
  };

  document.addEventListener('input', (event) => {
    if (!event.target || event.target !== field() || composing || event.isComposing) return;
    clearTimeout(typing);
    typing = setTimeout(search, PAUSE_MS);
  });
  document.addEventListener('compositionstart', () => (composing = true));
  document.addEventListener('compositionend', (event) => {
    composing = false;
    if (event.target && event.target === field()) typing = setTimeout(search, PAUSE_MS);
  });

  const submit = (name, form) => {
    const fields = {};
    for (const one of form.querySelectorAll('[name]')) fields[one.name] = one.value;
    if (name === 'add') {
      send('shortcuts:add', { text: fields.links });
      if (fields.links.trim() && 'csOne' in form.dataset) form.querySelector('textarea').value = '';
    } else if (name === 'import') send('shortcuts:import', { text: fields.path });
    else send('shortcuts:submit', { id: name, value: JSON.stringify(fields) });
  };

  actions['shortcuts:submit'] = (element, name) => submit(name, element.closest('[data-cs-form]'));
  for (const name of ['shortcuts:panel', 'shortcuts:form']) actions[name] = (element, id) => unfold(name, id);
  const turnFilters = (open) => {
    place().classList.toggle('cs-filters-open', open);
    const button = find('.cs-shortcuts-filters button');
    button.setAttribute('aria-expanded', String(open));
    if (open) find('.cs-shortcuts-class')?.focus({ preventScroll: true });
    else button.focus({ preventScroll: true });
  };
  actions['shortcuts:filters'] = () => turnFilters(!place().classList.contains('cs-filters-open'));
  actions['shortcuts:browse'] = () => document.querySelector('button#cs-tab-browse-button')?.click();
  actions['shortcuts:loosen'] = (element, id) => {
    if (['text', 'all'].includes(id) && field()) field().value = told = '';
    send('shortcuts:loosen', { id });
  };

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || composing || event.key !== 'Enter' || !place()?.contains(event.target)) return;
    if (event.target === field()) return search();
    const form = event.target.closest('[data-cs-form]');
    const one = event.target.matches('input, [data-cs-one] textarea') && !event.shiftKey;
    if (!form || !(one || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.querySelector('[data-cs-action="shortcuts:submit"]')?.click();
  });

  // --- files -----------------------------------------------------------------------------------

  const upload = async (file) => {
    const words = place().dataset;
    try {
      const headers = { 'X-File-Name': encodeURIComponent(file.name.slice(-150)) };
      const answer = await fetch(FILES, { method: 'POST', body: file, headers, credentials: 'same-origin' });
      const { token, problem } = await answer.json();
      if (token) return token;
      shared.say(problem || words.csFailed, file.name);
    } catch {
      shared.say(words.csFailed, file.name);
    }
    return null;
  };

  const read = async (list) => {
    const files = [...list];
    if (!files.length) return;
    if (files.length > MOST_FILES) shared.say(place().dataset.csMany, '');
    const tokens = [];
    const waiting = files.slice(0, MOST_FILES).entries();
    place().classList.add('cs-shortcuts-sending');
    const work = async () => {
      for (const [at, file] of waiting) tokens[at] = await upload(file);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    place()?.classList.remove('cs-shortcuts-sending');
    const taken = tokens.filter(Boolean);
    if (taken.length) send('shortcuts:files', { text: JSON.stringify(taken) });
  };

  const chooser = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
  chooser.addEventListener('change', () => {
    read(chooser.files);
    chooser.value = '';
  });
  actions['shortcuts:choose'] = (element, id) => {
    chooser.accept = id === 'import' ? '.json' : '.url,.txt,.webloc,.desktop,.md,.html,.csv,.json';
    chooser.click();
  };

  const KINDS = ['Files', 'text/uri-list', 'text/plain'];
  const brings = (event) => visible() && KINDS.some((kind) => [...(event.dataTransfer?.types || [])].includes(kind));
  const inField = (event) => event.target.closest?.('input, textarea');
  let inside = false; // something of the page itself is dragged
  const shade = (yes) => place()?.classList.toggle('cs-dropping', yes && visible());

  document.addEventListener('dragstart', () => (inside = true));
  document.addEventListener('dragend', () => (inside = false));
  document.addEventListener('dragover', (event) => {
    if (inside || !brings(event) || inField(event) || !event.target.closest?.('.cs')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    shade(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget?.closest?.('.cs')) shade(false);
  });
  document.addEventListener('drop', (event) => {
    shade(false);
    if (inside || !brings(event) || inField(event) || !event.target.closest?.('.cs')) return;
    event.preventDefault();
    const { files } = event.dataTransfer;
    const text = event.dataTransfer.getData('text/uri-list') || event.dataTransfer.getData('text/plain');
    if (files.length) read(files);
    else if (text.trim()) send('shortcuts:add', { text });
  });

  shared.shown.push(show);
  shared.escapes.push(() => {
    if (!visible()) return false;
    if (place().classList.contains('cs-filters-open')) {
      turnFilters(false);
      return true;
    }
    const close = find('.cs-shortcuts-panel-head [data-cs-action="shortcuts:panel"], .cs-shortcuts-form [data-cs-action="shortcuts:form"]');
    if (!close || place().classList.contains('cs-opened')) return false;
    close.click();
    return true;
  });
})();
