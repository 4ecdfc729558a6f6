/*
 * The Settings tab. Its fields are drawn once; the program sends what is in force and what is to be said of what was
 * typed, and this puts it beside the fields. What was typed and not saved yet stays here until it is saved or
 * discarded.
 */
(() => {
  'use strict';

  const WAIT_MS = 300;
  const shared = window.civitaiShortcut;
  const { send, actions } = shared;

  // By key what stands in the control and what stood there when it was begun.
  const drafts = new Map();
  let state = null;
  let number = 0;
  let sent = new Map();
  let waiting = 0;
  let group = null;
  let replacing = false;
  let read = ''; // the Save whose sentence somebody has left behind

  const place = () => shared.root()?.querySelector('.cs-settings');
  const find = (selector) => place()?.querySelector(selector);
  const all = (selector) => [...(place()?.querySelectorAll(selector) || [])];
  const words = () => JSON.parse(place()?.dataset.csSettingsWords || '{}');
  const controlOf = (key) => find(`[data-cs-setting="${key}"]`);
  const rowOf = (key) => find(`[data-cs-row-of="${key}"]`);
  const isSwitch = (control) => control.type === 'checkbox';
  const textIn = (control) => (isSwitch(control) ? String(control.checked) : control.value);
  const secret = () => find('.cs-eye')?.dataset.csId;
  const isKey = (key) => key === secret();
  const inForce = (key) => (isKey(key) ? '' : state?.values[key] ?? '');

  const put = (control, text) => {
    if (isSwitch(control)) control.checked = text === 'true';
    else if (control.value !== text) control.value = text;
  };

  // --- what was typed --------------------------------------------------------------------------

  const type = (key, text) => {
    const begun = drafts.get(key);
    if (text === inForce(key)) drafts.delete(key);
    else drafts.set(key, [text, begun ? begun[1] : inForce(key)]);
    fill();
    clearTimeout(waiting);
    waiting = setTimeout(() => tell('check'), WAIT_MS);
  };

  const tell = (action) => {
    clearTimeout(waiting);
    waiting = 0;
    sent = new Map(drafts);
    send(`settings:${action}`, { value: String(++number), text: JSON.stringify(Object.fromEntries(drafts)) });
  };

  const drop = (key) => {
    drafts.delete(key);
    const control = controlOf(key);
    if (control) put(control, inForce(key));
  };

  // The program has heard of what is here now.
  const heard = () => state?.number === String(number);

  const unheard = () => waiting || shared.unheard().some((one) => one?.do?.startsWith('settings:'));

  const settle = () => {
    if (!state) return;
    const saved = heard() && state.saved[0] === state.number && !sent.done;
    for (const key of heard() ? [...drafts.keys()] : []) {
      const same = drafts.get(key)[0] === sent.get(key)?.[0];
      const idle = document.activeElement !== controlOf(key);
      if (same && (saved || (idle && state.same.includes(key)))) drop(key);
    }
    if (saved) {
      sent.done = true;
      replacing = false;
    }
    // After a restart of the program it has heard of nothing.
    if (drafts.size && !heard() && !unheard()) tell('check');
  };

  // --- putting it into place -------------------------------------------------------------------

  const show = (element, yes) => {
    if (element) element.hidden = !yes;
  };

  const say = (element, text) => {
    if (element && element.textContent !== text) element.textContent = text;
  };

  const fillRow = (row) => {
    const key = row.dataset.csRowOf;
    const control = controlOf(key);
    const draft = drafts.get(key);
    const known = draft && heard() && sent.get(key)?.[0] === draft[0];
    if (document.activeElement !== control || isSwitch(control)) put(control, draft ? draft[0] : inForce(key));
    // While something is being typed the sentence about what stood there before stays.
    const wrong = draft ? (state.wrong[key] ?? '') : '';
    control.setAttribute('aria-invalid', String(Boolean(wrong)));
    const said = row.querySelector('.cs-problem');
    say(said.querySelector('span'), wrong);
    show(said, wrong);
    const text = draft ? draft[0] : inForce(key);
    const usual = text === row.dataset.csDefault || (known && state.default.includes(key));
    show(row.querySelector('[data-cs-changed]'), !usual);
    const moved = row.querySelector('[data-cs-moved]');
    say(moved?.querySelector('span'), (draft && state.moved[key]) || '');
    show(moved, draft && state.moved[key]);
    if (isKey(key)) fillKey(row, control);
  };

  const fillKey = (row, control) => {
    const kept = Boolean(state.key);
    if (!kept) replacing = false;
    control.readOnly = kept && !replacing;
    control.placeholder = control.readOnly || control.disabled ? state.key : words().new_key;
    const eye = row.querySelector('.cs-eye');
    show(eye, control.value);
    if (!control.value) cover(eye, control, true);
  };

  const cover = (eye, control, yes) => {
    control.type = yes ? 'password' : 'text';
    eye.setAttribute('aria-pressed', String(!yes));
    const label = yes ? words().show : words().hide;
    eye.title = label;
    eye.setAttribute('aria-label', label);
  };

  const wrongKeys = () => [...drafts.keys()].filter((key) => state?.wrong[key]);

  const fillFoot = () => {
    const wrong = wrongKeys().length;
    find('[data-cs-action="settings-save"]').disabled = !drafts.size || wrong > 0;
    find('[data-cs-action="settings-discard"]').disabled = !drafts.size;
    const fix = find('[data-cs-action="settings-wrong"]');
    say(fix, wrong ? state.fix : '');
    show(fix, wrong);
    const saved = state.saved[1] && state.saved[0] === String(number) && state.saved[0] !== read;
    const rest = saved ? state.saved[1] : words().no_changes;
    say(find('#cs-settings-said'), wrong ? '' : drafts.size ? (heard() ? state.unsaved : '') : rest);
  };

  const fillMarks = () => {
    const dirty = new Set([...drafts.keys()].map((key) => rowOf(key)?.closest('[data-cs-settings-group]').dataset.csSettingsGroup));
    for (const button of all('.cs-group-button')) {
      const mine = dirty.has(button.dataset.csId);
      button.classList.toggle('cs-dirty', mine);
      name(button, button.textContent.trim(), mine);
    }
    const tab = document.querySelector('#cs-tab-settings-button');
    if (!tab) return;
    const title = shared.words().tabs.settings;
    if (drafts.size) tab.dataset.unsaved = '';
    else delete tab.dataset.unsaved;
    name(tab, title, drafts.size > 0);
  };

  const name = (element, title, dirty) => {
    if (dirty) element.setAttribute('aria-label', `${title} (${words().unsaved})`);
    else element.removeAttribute('aria-label');
  };

  const fill = () => {
    if (!state || !place()) return;
    all('[data-cs-row-of]').forEach(fillRow);
    fillFoot();
    fillMarks();
    if (!place().csReady) choose(group || place().dataset.csSettings);
    place().csReady = true;
  };

  // --- groups and the search -------------------------------------------------------------------

  const plain = (text) => text.normalize('NFKC').toLowerCase();

  const arrange = () => {
    const box = find('[data-cs-settings-search]');
    const sought = plain(box.value.trim());
    let found = 0;
    for (const section of all('[data-cs-settings-group]')) {
      let here = 0;
      for (const row of section.querySelectorAll('[data-cs-row-of]')) {
        const fits = plain(`${row.querySelector('.cs-setting-words').textContent} ${row.dataset.csRowOf}`).includes(sought);
        row.hidden = !fits;
        here += fits;
      }
      section.hidden = sought ? !here : section.dataset.csSettingsGroup !== group;
      found += here;
    }
    for (const button of all('.cs-group-button')) {
      const on = !sought && button.dataset.csId === group;
      if (on) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
    find('[data-cs-settings-choice]').value = sought ? '' : group;
    place().classList.toggle('cs-searching', Boolean(sought));
    const nothing = find('[data-cs-settings-nothing]');
    show(nothing, sought && !found);
    say(nothing.querySelector('p'), words().search_none.replace('{words}', box.value.trim()));
  };

  const choose = (name) => {
    group = name;
    find('[data-cs-settings-search]').value = '';
    arrange();
  };

  // Another group begins at its top, also for who has scrolled far down in the one before.
  const enter = (name) => {
    read = state?.saved[0] ?? '';
    choose(name);
    fill();
    if (place().getBoundingClientRect().top < 0) place().scrollIntoView({ block: 'start' });
  };

  const goTo = (key) => {
    choose(rowOf(key).closest('[data-cs-settings-group]').dataset.csSettingsGroup);
    const control = controlOf(key);
    control.scrollIntoView({ block: 'center' });
    control.focus({ preventScroll: true });
  };

  // --- clicks and keys ---------------------------------------------------------------------------

  actions['open-key'] = () => {
    document.querySelector('#cs-tab-settings-button')?.click();
    let tries = 40;
    const go = () => {
      if (place()?.offsetParent && state) goTo(secret());
      else if (tries--) setTimeout(go, 50);
    };
    go();
  };

  actions['settings-group'] = (element, id) => enter(id);
  actions['settings-search-clear'] = () => {
    choose(group);
    find('[data-cs-settings-search]').focus();
  };
  actions['settings-save'] = () => tell('save');
  actions['settings-discard'] = () => {
    for (const key of [...drafts.keys()]) drop(key);
    replacing = false;
    fill();
    tell('check');
  };
  actions['settings-wrong'] = () => goTo(wrongKeys()[0]);
  actions['settings-restore'] = (element, key) => {
    const control = controlOf(key);
    put(control, rowOf(key).dataset.csDefault);
    control.focus();
    type(key, textIn(control));
  };
  actions['settings-take'] = (element, key) => {
    drop(key);
    controlOf(key).focus();
    fill();
    tell('check');
  };
  actions['settings-replace'] = () => {
    const control = controlOf(secret());
    replacing = true;
    fill();
    control.focus();
  };
  actions['settings-eye'] = (eye) => {
    const control = controlOf(eye.dataset.csId);
    cover(eye, control, control.type === 'text');
    control.focus();
  };

  const settingOf = (element) => (place()?.contains(element) ? element.dataset?.csSetting : undefined);

  document.addEventListener('input', (event) => {
    const key = settingOf(event.target);
    if (key) type(key, textIn(event.target));
    else if (event.target.matches?.('[data-cs-settings-search]')) arrange();
  });

  document.addEventListener('change', (event) => {
    if (event.target.matches?.('[data-cs-settings-choice]')) enter(event.target.value);
  });

  // What means the value in force is written as it is there when the field is left.
  document.addEventListener('focusout', (event) => {
    if (settingOf(event.target)) setTimeout(() => (settle(), fill()), 0);
  });

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || !place()?.offsetParent) return;
    const key = settingOf(event.target);
    if (key && event.key === 'Enter' && event.target.matches('input:not([type="checkbox"])')) {
      event.preventDefault();
      if (!find('[data-cs-action="settings-save"]').disabled) tell('save');
    } else if (event.key === '/' && !event.target.matches('input, textarea, select')) {
      event.preventDefault();
      find('[data-cs-settings-search]').focus();
    }
  });

  shared.escapes.push(() => {
    const box = find('[data-cs-settings-search]');
    if (!box?.value || document.activeElement !== box) return false;
    choose(group);
    return true;
  });

  addEventListener('beforeunload', (event) => {
    if (drafts.size) event.preventDefault();
  });

  shared.shown.push((changed) => {
    if (!changed.parts?.['settings-state']) return;
    const html = find('[data-cs-part="settings-state"] [data-cs-state]');
    if (!html) return;
    state = JSON.parse(html.dataset.csState);
    settle();
    fill();
  });
})();
