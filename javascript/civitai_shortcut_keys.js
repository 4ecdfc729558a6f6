/*
 * The field that links are pasted into, and what clicks and keys do. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const WAIT_MS = 400;
  const TEXT_KEY = 'civitai-shortcut-text';

  const shared = window.civitaiShortcut;
  const { has, send, setValue, words } = shared;
  let typing = 0;
  let composing = false;

  const field = () => document.querySelector('#cs-field textarea');

  // --- the field ------------------------------------------------------------------------------

  // It grows with its lines; where the style can say that, it does.
  const grow = (box) => {
    if (CSS.supports('field-sizing', 'content')) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
  };

  const look = () => {
    clearTimeout(typing);
    const text = field()?.value ?? '';
    remember(text);
    send('look', { text });
  };

  const remember = (text) => {
    try {
      sessionStorage.setItem(TEXT_KEY, text);
    } catch {
      // A reload then begins with an empty field.
    }
  };

  const writeField = (text) => {
    const box = field();
    if (!box) return;
    box.csQuiet = true;
    setValue(box, text);
    box.csQuiet = false;
    remember(text);
  };

  // The field comes with its tab; what was in it before a reload comes back then.
  let fieldMet = null;
  const meetField = () => {
    const box = field();
    if (!box || box === fieldMet) return;
    fieldMet = box;
    try {
      const text = sessionStorage.getItem(TEXT_KEY);
      if (!text || box.value) return;
      writeField(text);
      look();
    } catch {
      // Nothing is remembered then.
    }
  };

  // --- clicks and keys ------------------------------------------------------------------------

  const act = (element) => {
    const { csAction: action, csId: id, csValue: value } = element.dataset;
    if (action === 'close-notice') return shared.dismiss(element.closest('.cs-notice'));
    if (action === 'copy') return copy(element, value);
    if (action === 'paste') {
      writeField(value);
      field()?.focus();
      return look();
    }
    if (action === 'add') {
      clearTimeout(typing);
      return send('add', { text: field()?.value ?? '' });
    }
    if (element.closest('.cs-notice')) shared.close(element.closest('.cs-notice'));
    if (shared.actions[action]) return shared.actions[action](element, id, value);
    const text = action.startsWith('drop') ? field()?.value : undefined;
    send(action, { id, text, value: valueOf(element, value) });
  };

  const valueOf = (element, value) => {
    if (element.type === 'checkbox') return element.checked ? 'on' : 'off';
    return element.matches('select, input') ? element.value : value;
  };

  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Pages that did not come over https or from this machine have no clipboard; this way they do.
      const box = document.createElement('textarea');
      box.value = text;
      box.style.cssText = 'position:fixed;opacity:0';
      const before = document.activeElement;
      document.body.append(box);
      box.select();
      const done = document.execCommand('copy');
      box.remove();
      before?.focus?.({ preventScroll: true });
      return done;
    }
  };

  const copy = async (element, text) => {
    const done = await copyText(text);
    const place = element.querySelector('span');
    if (!done || !place) return shared.say(done ? words().copied : words().not_copied, text);
    const before = place.textContent;
    place.textContent = words().copied;
    setTimeout(() => (place.textContent = before), 4000);
  };

  const rows = () => [...(shared.root()?.querySelectorAll('.cs-row') || [])];

  const rove = (chosen) => {
    const all = rows();
    const current = chosen || all.find((row) => row.tabIndex === 0) || all[0];
    for (const row of all) row.tabIndex = row === current ? 0 : -1;
  };

  const inRow = (event, row) => {
    const all = rows();
    const place = all.indexOf(row);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: all.length - 1 }[event.key];
    if (shared.keys.some((key) => key(event, row))) return event.preventDefault();
    if (to === undefined || event.shiftKey) return;
    event.preventDefault();
    step(all[Math.max(0, Math.min(all.length - 1, to))]);
  };

  const step = (row) => {
    rove(row);
    row.focus();
  };

  const escape = () => {
    if (shared.escapes.some((take) => take())) return;
    const asked = shared.root()?.querySelector('.cs-asks [data-cs-action="keep"]');
    const card = [...(shared.root()?.querySelectorAll('.cs-notice:not(.cs-lost)') || [])].pop();
    if (asked) asked.click();
    else if (card) shared.dismiss(card);
    else if (has.page.selected?.length) send('select-none');
  };

  document.addEventListener('click', (event) => {
    const element = event.target.closest?.('.cs button[data-cs-action]');
    if (element) act(element);
  });

  document.addEventListener('change', (event) => {
    if (event.target.matches?.('.cs select[data-cs-action], .cs input[data-cs-action]')) act(event.target);
    else if (event.target === field()) look();
  });

  document.addEventListener('input', (event) => {
    if (event.target !== field()) return;
    grow(event.target);
    if (event.target.csQuiet || composing) return;
    clearTimeout(typing);
    typing = setTimeout(look, WAIT_MS);
  });

  document.addEventListener('paste', (event) => {
    if (event.target === field()) setTimeout(look, 0);
  });

  document.addEventListener('compositionstart', () => (composing = true));
  document.addEventListener('compositionend', (event) => {
    composing = false;
    if (event.target === field()) typing = setTimeout(look, WAIT_MS);
  });

  document.addEventListener('keydown', (event) => {
    // In a host another tab may be on top, whose keys are not ours.
    if (event.isComposing || composing || !shared.root()?.offsetParent) return;
    if (event.key === 'Escape') return escape();
    if (event.target === field() && event.key === 'Enter') {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        send('add', { text: field().value });
      } else if (!event.shiftKey) setTimeout(look, 0);
      return;
    }
    if (event.altKey) return;
    if (event.target.classList?.contains('cs-row')) inRow(event, event.target);
  });

  document.addEventListener('focusin', (event) => {
    if (event.target.classList?.contains('cs-row')) rove(event.target);
  });

  shared.answered.push((answer) => {
    if (typeof answer.field === 'string') {
      writeField(answer.field);
      if (answer.field) look();
    }
    if (answer.copy) copyText(answer.copy.text).then((done) => shared.say(done ? answer.copy.said : words().not_copied, answer.copy.text));
  });
  shared.restarted.push(look);

  Object.assign(shared, { field, meetField, copyText, rows, rove, step });
})();
