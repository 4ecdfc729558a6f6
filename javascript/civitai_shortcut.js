/*
 * The moving parts of the page. The program sends small JSON of what changed; this puts it into place without
 * touching what stayed the same, so focus, scrolling and half-typed text survive. Clicks go back through one text
 * field and one button off the screen, because that works the same in every version of Gradio.
 */
(() => {
  'use strict';

  const WAIT_MS = 400;
  const PEEK_MS = 350;
  const RESEND_MS = 1200;
  const BEGIN_MS = 30; // how often to look whether Gradio has drawn the page
  const ASK_MS = 1000; // how often to ask what is new
  const ASIDE_MS = 4000; // the same while another tab of a host is on top
  const HIDDEN_MS = 15000; // the same while nobody can see the page
  const LOST_MS = 8000;
  const FADE_MS = 10000;
  const MOST_CLOSED = 500;
  const MOST_TRIES = 40;
  const MOST_LANGUAGES = 8;
  const CLOSED_KEY = 'civitai-shortcut-closed';
  const TEXT_KEY = 'civitai-shortcut-text';
  const FRAME = 'tab-'; // what the names of parts begin with that are whole tabs
  const KEPT = ['parts', 'orders', 'queue', 'fields', 'choices', 'notices'];

  const page = Math.random().toString(36).slice(2) + Date.now().toString(36);
  const has = { parts: {}, orders: {}, queue: {}, fields: {}, choices: {}, notices: {}, controls: {}, page: {} };
  // What the other scripts of the page need of this one, and what they add: ``actions`` by name, ``shown`` is called
  // after something new is in its place, ``answered`` with every answer to a click, ``keys`` and ``escapes`` get keys first and say whether they took them.
  const shared = (window.civitaiShortcut = { has, actions: {}, shown: [], answered: [], keys: [], escapes: [] });
  const waiting = [];
  let boot = '';
  let known = 0;
  let clicks = 0;
  let flying = null;
  let heardAt = Date.now();
  let typing = 0;
  let composing = false;
  let root = null;

  const byId = (id) => document.getElementById(id);
  const field = () => document.querySelector('#cs-field textarea, #cs-field input');
  // The page is the same for all browsers; with the first answer comes how it is called in this one.
  const built = () => JSON.parse(root?.querySelector('[data-cs-words]')?.dataset.csWords || '{}');
  const words = () => has.page.words || built();

  // --- talking to the program ------------------------------------------------------------------

  const setValue = (element, value) => {
    const kind = element.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(element, value);
    element.dispatchEvent(new Event('input', { bubbles: true }));
  };

  const input = (id) => byId(id)?.querySelector('textarea, input');
  const pressable = (id) => {
    const element = byId(id);
    return element?.tagName === 'BUTTON' ? element : element?.querySelector('button');
  };

  const send = (what, value = {}) => {
    if (what === 'look') {
      const late = waiting.findIndex((one) => one.do === 'look');
      if (late >= 0) waiting.splice(late, 1);
    }
    waiting.push({ do: what, ...value });
    fly();
  };

  const fly = () => {
    const box = input('cs-click');
    const button = pressable('cs-send');
    if (!box || !button || flying || !waiting.length) return;
    if (!asked.answered && Date.now() - asked.at < RESEND_MS) return; // until that is heard
    flying = { ...waiting.shift(), n: ++clicks, at: Date.now() };
    push(box, button);
  };

  const whose = () => ({ page, boot, known, tab, languages: [...(navigator.languages || [navigator.language])].slice(0, MOST_LANGUAGES) });

  const push = (box, button) => {
    const { at, ...message } = flying;
    setValue(box, JSON.stringify({ ...whose(), ...message }));
    // Gradio takes the value over a moment after the event.
    setTimeout(() => button.click(), 30);
  };

  const isLate = () => flying && Date.now() - flying.at >= RESEND_MS;

  // The answer got lost, or it was an error that Gradio shows: until the same button is clicked again.
  const keepFlying = () => (isLate() ? ask(true) : fly());

  // What the program has done is settled, though its answer may still come; what it never heard of is sent again.
  let settled = null;
  const settle = (done) => {
    if (!isLate()) return;
    if (done < flying.n && !flying.again) {
      flying.again = true;
      flying.at = Date.now();
      return push(input('cs-click'), pressable('cs-send'));
    }
    settled = flying;
    flying = null;
  };

  // One question at a time, unless its answer got lost.
  let asked = { tick: 0, at: 0, answered: true };
  const ask = (now = false) => {
    const pause = document.hidden ? HIDDEN_MS : root.offsetParent ? ASK_MS : ASIDE_MS;
    const since = Date.now() - asked.at;
    // What flies brings the news too; two answers that cross do not fit, and all has to be sent again.
    if ((flying && !isLate()) || (since < pause && !now) || (!asked.answered && since < LOST_MS / 2)) return;
    const box = input('cs-known');
    const button = pressable('cs-ask');
    if (!box || !button) return;
    asked = { tick: asked.tick + 1, at: Date.now(), answered: false };
    setValue(box, JSON.stringify({ ...whose(), tick: asked.tick }));
    setTimeout(() => button.click(), 30);
  };

  const peek = () => ask(true);

  const receive = (text) => {
    let answer;
    try {
      const bytes = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
      answer = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return;
    }
    heardAt = Date.now();
    if (answer.tick === asked.tick) asked.answered = true;
    if (answer.tick) settle(answer.done);
    lost(false);
    const restarted = boot && answer.boot !== boot;
    // An answer that overtook another one does not fit what is here: the next brings everything.
    if (!answer.base || (answer.base === known && !restarted)) {
      boot = answer.boot;
      known = answer.number;
      show(answer.changed);
    }
    const heard = answer.ack && [flying, settled].find((one) => one?.n === answer.ack);
    if (heard) {
      // What was just set going shows sooner than at the next question.
      if (heard.do !== 'look') setTimeout(peek, PEEK_MS);
      if (heard === flying) flying = null;
      settled = null;
      if (typeof answer.field === 'string') {
        writeField(answer.field);
        if (answer.field) look();
      }
      for (const hear of shared.answered) hear(answer);
      if (answer.copy) copyText(answer.copy.text).then((done) => say(done ? answer.copy.said : words().not_copied, answer.copy.text));
    }
    if (restarted && boot === answer.boot) look();
    fly();
    if (has.page.busy && !waiting.length && !flying) setTimeout(peek, PEEK_MS);
  };

  // --- putting it into place -------------------------------------------------------------------

  const markOf = (element) =>
    element && element.closest('.cs') && [
      element.closest('[data-cs-key]')?.dataset.csKey ?? '',
      element.dataset.csAction ?? '',
      element.dataset.csId ?? '',
      element.type === 'radio' ? element.value : '',
    ].join('\n');

  // What had the focus is gone with all that could take it: the next Tab goes on in the same place.
  const stayIn = (place) => {
    place.tabIndex = -1;
    place.addEventListener('blur', () => place.removeAttribute('tabindex'), { once: true });
    place.focus({ preventScroll: true });
  };

  const keepingFocus = (change) => {
    const active = document.activeElement;
    const mark = active && active !== document.body ? markOf(active) : null;
    const key = active?.closest?.('[data-cs-key]')?.dataset.csKey;
    const tabOf = active?.closest?.('[data-cs-cards]');
    change();
    if (!mark || document.activeElement === active) return;
    const same = [...root.querySelectorAll('[data-cs-action], .cs-row')].find((one) => markOf(one) === mark);
    const row = key && root.querySelector(`[data-cs-key="${CSS.escape(key)}"]`);
    if (same || row || !tabOf) return (same || row)?.focus({ preventScroll: true });
    const card = tabOf.querySelector('.cs-cards-open[tabindex="0"]');
    if (card?.offsetParent) card.focus({ preventScroll: true });
    else stayIn(tabOf);
  };

  const fromHtml = (html) => {
    const holder = document.createElement('template');
    holder.innerHTML = html;
    return holder.content.firstElementChild;
  };

  const show = (changed) => {
    for (const [section, entries] of Object.entries(changed)) Object.assign(has[section], entries);
    if (changed.page?.words) word();
    keepingFocus(() => {
      // The markup that a tab begins with comes first; all that stands in it has to go there again.
      const framed = Object.keys(changed.parts || {}).some((name) => name.startsWith(FRAME) && fillPart(name, has.parts[name]));
      if (framed) changed = everything();
      for (const [name, html] of Object.entries(changed.parts || {})) fillPart(name, html);
      if (changed.orders?.queue || changed.queue) fillList('queue', has.queue, changed.queue);
      if (changed.orders?.choices || changed.choices) fillList('choices', has.choices, changed.choices);
      if (changed.orders?.notices || changed.notices) fillNotices(changed.notices);
      const rows = { ...changed.fields };
      for (const key of Object.keys(changed.queue || {})) rows[key] = has.fields[key];
      for (const [key, values] of Object.entries(rows)) fillFields(key, values || {});
      fillBadge();
      for (const then of shared.shown) then(changed);
    });
    rove();
  };

  // The heads of the tabs have been drawn anew, and know nothing any more.
  const redraw = () => {
    if (!root) return;
    wordTabs();
    show({});
  };

  const fillPart = (name, html) => {
    const place = root?.querySelector(`[data-cs-part="${name}"]`);
    if (!place || place.csHtml === html) return false;
    place.csHtml = html;
    place.innerHTML = html;
    return true;
  };

  const everything = () => Object.fromEntries(KEPT.map((section) => [section, has[section]]));

  const fillList = (name, rows, changed = {}) => {
    const list = root?.querySelector(`[data-cs-list="${name}"]`);
    if (!list) return;
    const groups = new Map([...list.querySelectorAll(':scope > .cs-group')].map((one) => [one.dataset.csGroup, one]));
    let before = null;
    for (const order of has.orders[name] || []) {
      let group = groups.get(order.key);
      groups.delete(order.key);
      if (!group) {
        group = fromHtml('<section class="cs-group"><div class="cs-group-top"></div><div class="cs-rows"></div><div class="cs-group-end"></div></section>');
        group.dataset.csGroup = order.key;
      }
      if (group.csHead !== order.head) group.firstElementChild.innerHTML = group.csHead = order.head;
      if (group.csFoot !== order.foot) group.lastElementChild.innerHTML = group.csFoot = order.foot;
      const next = before ? before.nextElementSibling : list.firstElementChild;
      if (next !== group) list.insertBefore(group, next);
      before = group;
      fillRows(group.children[1], order.keys, rows, changed);
    }
    groups.forEach((group) => group.remove());
  };

  const fillRows = (holder, keys, rows, changed) => {
    const there = new Map([...holder.children].map((row) => [row.dataset.csKey, row]));
    let before = null;
    for (const key of keys) {
      let row = there.get(key);
      there.delete(key);
      if (!row || row.csHtml !== rows[key]) {
        const fresh = fromHtml(rows[key] || '');
        if (!fresh) continue;
        fresh.csHtml = rows[key];
        if (row) row.replaceWith(fresh);
        row = fresh;
        if (!(key in changed)) queueMicrotask(() => fillFields(key, has.fields[key] || {}));
      }
      const next = before ? before.nextElementSibling : holder.firstElementChild;
      if (next !== row) holder.insertBefore(row, next);
      before = row;
    }
    there.forEach((row) => row.remove());
  };

  const fillFields = (key, values) => {
    const row = root?.querySelector(`.cs-row[data-cs-key="${CSS.escape(key)}"]`);
    for (const [name, value] of Object.entries(values)) {
      const place = row?.querySelector(`[data-cs-field="${name}"]`);
      if (!place || place.csValue === value) continue;
      place.csValue = value;
      if (name !== 'bar') place.innerHTML = value;
      else {
        place.style.width = `${value}%`;
        place.parentElement.setAttribute('aria-valuenow', Math.floor(value));
      }
    }
  };

  const fillBadge = () => {
    const head = document.querySelector('button#cs-tab-downloads-button');
    if (!head) return;
    const count = has.page.count || 0;
    const name = words().tabs.downloads;
    if (count) {
      head.dataset.count = count;
      head.setAttribute('aria-label', `${name} ${count}`);
    } else {
      delete head.dataset.count;
      head.removeAttribute('aria-label');
    }
  };

  // --- in the language of this browser -----------------------------------------------------------

  const word = () => {
    const { language, field: hint } = words();
    root.lang = language;
    if (root.classList.contains('cs-page')) document.documentElement.lang = language;
    const box = field();
    if (box) {
      box.placeholder = hint;
      box.setAttribute('aria-label', hint);
    }
    wordTabs();
  };

  // Gradio names its tabs as the page was built, whenever it draws them.
  const wordTabs = () => {
    const { language, tabs: before } = built();
    const { language: wanted, tabs: after } = words();
    if (wanted === language && !root.csWorded) return;
    root.csWorded = true;
    for (const button of root.querySelectorAll('button')) {
      if (button.closest('.cs-html')) continue;
      const place = [...button.childNodes].find((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
      const seen = place?.data.trim();
      const name = Object.keys(before).find((one) => before[one] === seen) || (seen && seen === button.csSeen && button.csName);
      if (!name || seen === after[name]) continue;
      Object.assign(button, { csName: name, csSeen: after[name] });
      place.data = after[name];
    }
  };

  // --- notices ---------------------------------------------------------------------------------

  const closed = () => {
    try {
      const stored = JSON.parse(localStorage.getItem(CLOSED_KEY) || '{}');
      return new Set(stored.boot === boot ? stored.numbers : []);
    } catch {
      return new Set();
    }
  };

  let outside = null; // what had the focus last besides the notices
  document.addEventListener('focusin', (event) => {
    if (!event.target.closest?.('.cs-notice')) outside = event.target;
  });

  const close = (card) => {
    const numbers = closed();
    for (const number of (card.dataset.csNumbers || '').split(' ')) numbers.add(number);
    const within = card.contains(document.activeElement);
    card.remove();
    if (within && outside?.isConnected) outside.focus({ preventScroll: true });
    try {
      localStorage.setItem(CLOSED_KEY, JSON.stringify({ boot, numbers: [...numbers].slice(-MOST_CLOSED) }));
    } catch {
      // Without storage a notice comes back after a reload; nothing worse.
    }
  };

  // Somebody has seen enough of it; who has made it may want to know.
  const dismiss = (card) => {
    close(card);
    if (card.dataset.csClosing) send(card.dataset.csClosing);
  };

  const fillNotices = (changed) => {
    const gone = closed();
    const all = has.orders.notices || [];
    const isOpen = (key) => {
      const card = fromHtml(has.notices[key] || '');
      // Numbers of this page alone begin with "s" and are new after every reload.
      const own = (number) => (number.startsWith('s') ? page + number : number);
      const numbers = (card?.dataset.csNumbers || '').split(' ').map(own);
      return numbers.some((number) => !gone.has(number));
    };
    has.orders.notices = all.map((group) => ({ ...group, keys: group.keys.filter(isOpen) }));
    fillList('notices', has.notices, changed);
    has.orders.notices = all;
    for (const card of root?.querySelectorAll('.cs-notice') || []) {
      if (card.dataset.csOwn) continue;
      card.dataset.csOwn = '1';
      card.dataset.csNumbers = (card.dataset.csNumbers || '')
        .split(' ')
        .map((number) => (number.startsWith('s') ? page + number : number))
        .join(' ');
      if ('csFades' in card.dataset) fade(card);
    }
  };

  const fade = (card) => {
    setTimeout(() => {
      if (!card.isConnected) return;
      if (card.matches(':hover, :focus-within')) fade(card);
      else close(card);
    }, FADE_MS);
  };

  const lost = (yes) => {
    const there = root?.querySelector('.cs-lost');
    if (!yes) return there?.remove();
    const holder = root?.querySelector('[data-cs-list="notices"]');
    if (there || !holder) return;
    const card = ownCard(words().lost_title, words().lost_words);
    card.classList.add('cs-level-error', 'cs-lost');
    card.setAttribute('role', 'alert');
    holder.prepend(card);
  };

  const ownCard = (title, sentence) => {
    const card = fromHtml('<div class="cs-notice"><div class="cs-notice-words"><strong></strong><p></p></div></div>');
    card.querySelector('strong').textContent = title || '';
    card.querySelector('p').textContent = sentence || '';
    return card;
  };

  // A sentence of this script, for a while; lists of the program leave it alone.
  const say = (title, sentence) => {
    const card = ownCard(title, sentence);
    card.setAttribute('role', 'status');
    root?.querySelector('.cs-own-notices')?.append(card);
    setTimeout(() => card.remove(), FADE_MS);
  };

  // --- the field -------------------------------------------------------------------------------

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

  // --- clicks and keys -------------------------------------------------------------------------

  const act = (element) => {
    const { csAction: action, csId: id, csValue: value } = element.dataset;
    if (action === 'close-notice') return dismiss(element.closest('.cs-notice'));
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
    if (element.closest('.cs-notice')) close(element.closest('.cs-notice'));
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
    if (!done || !place) return say(done ? words().copied : words().not_copied, text);
    const before = place.textContent;
    place.textContent = words().copied;
    setTimeout(() => (place.textContent = before), 4000);
  };

  const rows = () => [...(root?.querySelectorAll('.cs-row') || [])];

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
    const asked = root?.querySelector('.cs-asks [data-cs-action="keep"]');
    const card = [...(root?.querySelectorAll('.cs-notice:not(.cs-lost)') || [])].pop();
    if (asked) asked.click();
    else if (card) dismiss(card);
    else if (has.page.selected?.length) send('select-none');
  };

  document.addEventListener('click', (event) => {
    if (event.target.closest?.('[role="tab"]')) {
      if (event.isTrusted) tries = 0; // somebody goes elsewhere
      setTimeout(noteTab, 50);
    }
    const element = event.target.closest?.('.cs button[data-cs-action]');
    if (element) act(element);
  });

  document.addEventListener('change', (event) => {
    if (event.target.matches?.('.cs select[data-cs-action], .cs input[data-cs-action]')) act(event.target);
    else if (event.target === field()) look();
  });

  document.addEventListener('input', (event) => {
    if (event.target !== field() || event.target.csQuiet || composing) return;
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
    if (event.isComposing || composing || !root) return;
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

  Object.assign(shared, { send, peek, say, words, copyText, rows, step, redraw, root: () => root, unheard: () => [flying, ...waiting] });

  // --- which tab is on top ---------------------------------------------------------------------

  // Its desk then sends what stands in it; the others stay quiet.
  let tab = '';
  const noteTab = () => {
    if (!root) return;
    const seen = [...document.querySelectorAll('.cs [data-cs-tab]')].find((one) => one.offsetParent);
    const name = seen?.dataset.csTab;
    fillNewPlaces();
    fillField();
    if (name === named) tries = 0;
    // On the way to the tab that the address names, nobody looks at this one.
    if (!name || name === tab || (tries > 0 && name !== named && built().tabs?.[named])) return;
    const first = !tab;
    tab = name;
    showTab();
    if (first) ask(true); // sooner than what goes through the queue
    else send('tab', { value: name });
  };

  // On a phone the names of the tabs scroll sideways: the one chosen is then in the middle, never half of it.
  const showTab = () => {
    const button = document.querySelector(`button#cs-tab-${tab}-button`);
    const [inner, outer] = [button, button?.parentElement].map((one) => one?.getBoundingClientRect());
    if (button) button.parentElement.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
  };

  // Gradio puts a tab on the page when it is opened for the first time; what stands in it may have come long before.
  let placed = [];
  const fillNewPlaces = () => {
    const places = root ? [...root.querySelectorAll('[data-cs-tab]')] : [];
    const same = places.length === placed.length && places.every((place, at) => place === placed[at]);
    if (same) return;
    placed = places;
    show(everything());
  };

  // An address that ends with #<tab> leads to that tab.
  let named = '';
  let tries = 0;
  const goToNamed = () => {
    // What the address of a host ends with is the host's.
    named = root.classList.contains('cs-page') ? window.location.hash.slice(1) : '';
    tries = /^[a-z]+$/.test(named) ? MOST_TRIES : 0;
    followName();
  };
  // Gradio may draw its tabs before they hear clicks.
  const followName = () => {
    if (tries-- > 0) document.querySelector(`button#cs-tab-${named}-button`)?.click();
  };
  window.addEventListener('hashchange', () => root && goToNamed());

  // The field comes with its tab; what was in it before a reload comes back then.
  let fieldMet = null;
  const fillField = () => {
    const box = field();
    if (!box || box === fieldMet) return;
    fieldMet = box;
    word();
    try {
      const text = sessionStorage.getItem(TEXT_KEY);
      if (!text || box.value) return;
      writeField(text);
      look();
    } catch {
      // Nothing is remembered then.
    }
  };

  // --- the beginning, and whenever Gradio draws the page anew ----------------------------------

  const attach = () => {
    const found = byId('cs-page');
    if (!found) return;
    if ((found !== root || !found.csReady) && input('cs-click') && pressable('cs-send')) {
      root = found;
      root.csReady = true;
      known = 0;
      tab = '';
      heardAt = Date.now(); // a host may have taken long to draw its page
      word();
      goToNamed();
      noteTab();
      if (!tab) ask(true);
    }
    if (!root) return;
    wordTabs();
    fillField();
    for (const id of ['cs-answer', 'cs-news']) watch(byId(id));
    // Nobody should meet the wires with the keyboard or hear of them.
    document.querySelector('.cs-wires')?.setAttribute('aria-hidden', 'true');
    for (const wire of [input('cs-click'), input('cs-known'), pressable('cs-send'), pressable('cs-ask')]) if (wire) wire.tabIndex = -1;
  };

  const watch = (element) => {
    if (!element || element.csWatched) return;
    element.csWatched = true;
    const read = () => {
      const text = element.querySelector('i')?.textContent;
      if (text && text !== element.csText) {
        element.csText = text;
        receive(text);
      }
    };
    new MutationObserver(read).observe(element, { childList: true, subtree: true, characterData: true });
    read();
  };

  setInterval(() => {
    attach();
    noteTab();
    followName();
    keepFlying();
    if (root) ask();
    if (root && !document.hidden) lost(Date.now() - heardAt > LOST_MS);
  }, 250);
  const begin = () => {
    attach();
    if (!root) setTimeout(begin, BEGIN_MS);
  };
  begin();
  document.addEventListener('visibilitychange', () => (heardAt = Date.now()));
})();
