/*
 * The notices above the tabs: those of the program, closed for good in this browser, and the sentences of these
 * scripts. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const FADE_MS = 10000;
  const MOST_CLOSED = 500;
  const CLOSED_KEY = 'civitai-shortcut-closed';

  const shared = window.civitaiShortcut;
  const { has, page, send, words } = shared;

  const closed = () => {
    try {
      const stored = JSON.parse(localStorage.getItem(CLOSED_KEY) || '{}');
      return new Set(stored.boot === shared.boot() ? stored.numbers : []);
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
      localStorage.setItem(CLOSED_KEY, JSON.stringify({ boot: shared.boot(), numbers: [...numbers].slice(-MOST_CLOSED) }));
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
      const card = shared.fromHtml(has.notices[key] || '');
      // Numbers of this page alone begin with "s" and are new after every reload.
      const own = (number) => (number.startsWith('s') ? page + number : number);
      const numbers = (card?.dataset.csNumbers || '').split(' ').map(own);
      return numbers.some((number) => !gone.has(number));
    };
    has.orders.notices = all.map((group) => ({ ...group, keys: group.keys.filter(isOpen) }));
    shared.fillList('notices', has.notices, changed);
    has.orders.notices = all;
    for (const card of shared.root()?.querySelectorAll('.cs-notice') || []) {
      if (card.dataset.csOwn) continue;
      card.dataset.csOwn = '1';
      card.dataset.csNumbers = (card.dataset.csNumbers || '')
        .split(' ')
        .map((number) => (number.startsWith('s') ? page + number : number))
        .join(' ');
      if ('csFades' in card.dataset) fade(card);
    }
  };

  shared.actions['show-needs'] = () => {
    const head = document.querySelector('button#cs-tab-downloads-button');
    head?.click();
    head?.focus({ preventScroll: true }); // the notice does not offer to lead there any more
    send('filter', { id: 'needs' });
  };

  const fade = (card) => {
    setTimeout(() => {
      if (!card.isConnected) return;
      if (card.matches(':hover, :focus-within')) fade(card);
      else close(card);
    }, FADE_MS);
  };

  const lost = (yes) => {
    const there = shared.root()?.querySelector('.cs-lost');
    if (!yes) return there?.remove();
    const holder = shared.root()?.querySelector('[data-cs-list="notices"]');
    if (there || !holder) return;
    const card = ownCard(words().lost_title, words().lost_words);
    card.classList.add('cs-level-error', 'cs-lost');
    card.setAttribute('role', 'alert');
    holder.prepend(card);
  };

  const ownCard = (title, sentence) => {
    const card = shared.fromHtml('<div class="cs-notice"><div class="cs-notice-words"><strong></strong><p></p></div></div>');
    card.querySelector('strong').textContent = title || '';
    card.querySelector('p').textContent = sentence || '';
    return card;
  };

  // A sentence of this script, for a while; lists of the program leave it alone.
  const say = (title, sentence) => {
    const card = ownCard(title, sentence);
    card.setAttribute('role', 'status');
    shared.root()?.querySelector('.cs-own-notices')?.append(card);
    setTimeout(() => card.remove(), FADE_MS);
  };

  Object.assign(shared, { fillNotices, close, dismiss, say, lost });
})();
