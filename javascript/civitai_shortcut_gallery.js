/*
 * The Gallery tab. The program sends the pictures of the strip a page at a time, as JSON; this appends them to what is
 * there, so focus and scrolling stay. Which picture is large and which are selected shows at once and is told to the
 * program. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const PEEK_MS = 350;
  const TELL_MS = 80;
  const AHEAD = '900px';
  const shared = window.civitaiShortcut;
  const { send, actions, has } = shared;

  let state = null;
  let stateText = '';
  let marksText = '';
  let strip = null;
  let drawn = { number: 0, pages: 0 };
  const shots = new Map();
  let order = [];
  let items = new Map();
  let wanted = null; // the large picture, until the program has heard of it
  let unveiled = null;
  let chosen = new Set();
  let telling = 0;
  let peeking = 0;
  let asked = '';
  let observer = null;

  const place = () => shared.root()?.querySelector('[data-cs-gallery]');
  const find = (selector) => place()?.querySelector(selector);
  const field = () => find('[data-cs-gallery-field]');
  const visible = () => Boolean(place()?.offsetParent);
  const unheard = (action) => shared.unheard().some((one) => one?.do === `gallery:${action}`);
  const current = () => wanted ?? state?.current ?? null;

  // --- the strip -------------------------------------------------------------------------------

  const holder = () => strip.querySelector('.cs-gallery-shots');

  // What the program sends for a picture that it could not get is always of this size.
  const isPlaceholder = (picture) => !picture.naturalWidth || (picture.naturalWidth === 88 && picture.naturalHeight === 110);

  const makeShot = (item) => {
    const shot = find('[data-cs-gallery-shot]').content.firstElementChild.cloneNode(true);
    const picture = shot.querySelector('img');
    shot.dataset.csKey = `shot-${item.id}`;
    for (const button of shot.querySelectorAll('button')) button.dataset.csId = item.id;
    shot.firstElementChild.setAttribute('aria-label', item.name);
    shot.classList.toggle('cs-veiled', item.veil);
    shot.classList.toggle('cs-video', item.video);
    const judge = () => shot.classList.toggle('cs-lost-shot', isPlaceholder(picture));
    picture.addEventListener('error', judge);
    picture.addEventListener('load', judge);
    if (item.src) picture.src = item.src;
    return shot;
  };

  const clear = () => {
    strip = find('[data-cs-gallery-strip]');
    holder().replaceChildren();
    shots.clear();
    order = [];
    items = new Map();
    wanted = unveiled = null;
    asked = '';
    marksText = '';
    drawn = { number: state.number, pages: 0 };
    strip.scrollTo(0, 0);
    observer?.disconnect();
    observer = new IntersectionObserver(fetchAhead, { root: strip, rootMargin: AHEAD });
  };

  const append = () => {
    for (; drawn.pages < state.pages; drawn.pages++) {
      const page = JSON.parse(has.parts[`gallery-strip-${drawn.pages}`] || '{}');
      if (page.number !== state.number) return;
      const fresh = page.items.map((item) => {
        const shot = makeShot(item);
        shots.set(item.id, shot);
        items.set(item.id, item);
        order.push(item.id);
        return shot;
      });
      holder().append(...fresh);
    }
  };

  // The end of the strip is near: ask for the next page, once for each.
  const fetchAhead = (entries) => {
    const key = `${state?.number}:${state?.pages}`;
    if (!state?.more || asked === key || !entries.some((entry) => entry.isIntersecting)) return;
    asked = key;
    send('gallery:more');
  };

  const watchEnd = () => {
    const end = find('.cs-gallery-end');
    if (!end || !observer) return;
    observer.unobserve(end);
    if (state.more) observer.observe(end);
  };

  const mark = () => {
    const text = has.parts['gallery-marks'] || '{}';
    if (text === marksText) return;
    marksText = text;
    const marks = JSON.parse(text);
    for (const [id, shot] of shots) {
      for (const kind of ['done', 'failed', 'busy']) shot.classList.toggle(`cs-is-${kind}`, marks[id] === kind);
    }
  };

  // Those that are tried once more have got another address.
  const refresh = () => {
    for (const [id, source] of Object.entries(JSON.parse(has.parts['gallery-fresh'] || '{}'))) {
      const picture = shots.get(Number(id))?.querySelector('img');
      if (picture && source && picture.getAttribute('src') !== source) picture.src = source;
    }
  };

  const paint = () => {
    const now = current();
    for (const [id, shot] of shots) {
      const open = shot.firstElementChild;
      const on = id === now;
      if ((open.getAttribute('aria-current') === 'true') !== on) {
        if (on) open.setAttribute('aria-current', 'true');
        else open.removeAttribute('aria-current');
      }
      for (const button of shot.querySelectorAll('button')) button.tabIndex = on ? 0 : -1; // one stop of Tab for all pictures
      shot.classList.toggle('cs-unveiled', id === unveiled);
      const picked = chosen.has(id);
      shot.classList.toggle('cs-picked', picked);
      shot.querySelector('[data-cs-action="gallery:select"]').setAttribute('aria-pressed', String(picked));
    }
    const stage = find('[data-cs-gallery-stage]');
    // Which pictures have a veil at all says the markup of the picture.
    stage.classList.toggle('cs-unveiled', unveiled !== null && unveiled === now);
    const at = order.indexOf(now);
    stage.querySelector('[data-cs-action="gallery:previous"]').hidden = at <= 0;
    stage.querySelector('[data-cs-action="gallery:next"]').hidden = at < 0 || at === order.length - 1;
    place().classList.toggle('cs-gallery-bare', !order.length);
  };

  const fillField = (before) => {
    const box = field();
    const same = before && before.name === state.name && before.finding === state.finding;
    if (!same && document.activeElement !== box) box.value = state.finding || state.name;
    else if (before?.finding && !state.finding && box.value === before.finding) box.value = state.name || box.value;
    find('[data-cs-action="gallery:clear"]').hidden = !state.name && !state.finding;
    sayKind();
  };

  // Of what is looked at, not of what somebody has typed.
  const sayKind = () => {
    find('[data-cs-gallery-kind]').textContent = state && field().value === state.name ? state.kind : '';
  };

  const show = () => {
    const text = has.parts['gallery-state'];
    const there = find('[data-cs-gallery-strip]');
    if (!text || !there) return;
    const before = state;
    const changed = text !== stateText || there !== strip;
    if (changed) {
      stateText = text;
      state = JSON.parse(text);
      if (there !== strip || state.number !== drawn.number) clear();
      append();
      if (wanted === state.current && !telling && !unheard('show')) wanted = null;
      if (!unheard('select') && !unheard('select-none')) chosen = new Set(state.selected);
      fillField(before);
      paint();
      watchEnd();
    }
    mark();
    refresh();
    clearTimeout(peeking);
    if (state.busy && visible()) peeking = setTimeout(() => shared.peek(), PEEK_MS);
  };
  shared.shown.push(show);

  // --- what is done ----------------------------------------------------------------------------

  const reveal = (shot) => {
    // Not scrollIntoView: that would scroll the page as well.
    const [outer, inner] = [strip.getBoundingClientRect(), shot.getBoundingClientRect()];
    if (inner.top < outer.top) strip.scrollTop -= outer.top - inner.top + 8;
    else if (inner.bottom > outer.bottom) strip.scrollTop += inner.bottom - outer.bottom + 8;
    if (inner.left < outer.left) strip.scrollLeft -= outer.left - inner.left + 8;
    else if (inner.right > outer.right) strip.scrollLeft += inner.right - outer.right + 8;
  };

  const choose = (id, focus) => {
    const shot = shots.get(id);
    if (!shot) return;
    if (unveiled !== id) unveiled = null;
    wanted = id;
    paint();
    reveal(shot);
    if (focus) shot.firstElementChild.focus({ preventScroll: true });
    clearTimeout(telling);
    telling = setTimeout(() => {
      telling = 0;
      send('gallery:show', { id: String(id) });
    }, TELL_MS);
  };

  const step = (by, focus) => {
    const at = order.indexOf(current());
    const to = Math.max(0, Math.min(order.length - 1, at + by));
    if (order.length && to !== at) choose(order[to], focus);
  };

  const pick = (id, yes = !chosen.has(id)) => {
    if (yes) chosen.add(id);
    else chosen.delete(id);
    paint();
    send('gallery:select', { id: String(id), value: yes ? 'on' : 'off' });
  };

  const open = () => {
    const text = field().value.trim();
    if (!text || text === state?.name) return;
    send('gallery:open', { text });
    field().blur();
  };

  actions['gallery:show'] = (element, id) => {
    const number = Number(id);
    if (items.get(number)?.veil) unveiled = number;
    choose(number);
  };
  actions['gallery:unveil'] = () => {
    unveiled = current();
    paint();
  };
  actions['gallery:select'] = (element, id) => pick(Number(id));
  actions['gallery:previous'] = () => step(-1);
  actions['gallery:next'] = () => step(1);
  actions['gallery:select-none'] = () => {
    chosen.clear();
    paint();
    send('gallery:select-none');
  };
  actions['gallery:clear'] = () => {
    field().value = '';
    send('gallery:clear');
    field().focus();
  };

  document.addEventListener(
    'click',
    (event) => {
      const shot = event.target.closest?.('.cs-shot-open');
      if (!shot || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
      event.stopPropagation();
      event.preventDefault();
      pick(Number(shot.dataset.csId));
    },
    true,
  );

  const columns = () => {
    const tops = order.slice(0, 12).map((id) => shots.get(id).offsetTop);
    return Math.max(1, tops.filter((top) => top === tops[0]).length);
  };

  const inStrip = (event) => {
    const last = order.length;
    const by = { Home: -last, End: last, ArrowUp: -columns(), ArrowDown: columns() }[event.key];
    const id = Number(event.target.dataset.csId);
    if (by !== undefined) step(by, true);
    else if (event.key === ' ') pick(id);
    else if (event.key === 'd') send('gallery:download-one', { id: String(id) });
    else return false;
    return true;
  };

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || !place() || !visible()) return;
    const target = event.target;
    if (target === field()) {
      if (event.key === 'Enter') open();
      return;
    }
    const on = target.closest?.('.cs-shot-open');
    if (on && !event.shiftKey && inStrip(event)) return event.preventDefault();
    const free = target === document.body || on || target.closest?.('.cs-gallery-stage');
    if (!free || target.matches?.('input, select, textarea, video') || event.shiftKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    step(by, Boolean(on));
  });

  document.addEventListener('focusin', (event) => {
    if (event.target === field()) event.target.select();
  });
  document.addEventListener('input', (event) => {
    if (place() && event.target === field()) sayKind();
  });

  shared.escapes.push(() => {
    if (!place() || !visible()) return false;
    const box = field();
    const keep = find('[data-cs-action="gallery:keep"]');
    if (keep) keep.click();
    else if (document.activeElement === box) {
      box.value = state?.name || '';
      sayKind();
      box.blur();
    } else if (chosen.size) actions['gallery:select-none']();
    else if (unveiled !== null) {
      unveiled = null;
      paint();
    } else return false;
    return true;
  });
})();
