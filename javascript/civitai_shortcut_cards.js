/*
 * The cards of Browse and Shortcuts. The program sends them a page at a time, as JSON with their markup; this appends
 * them to what is there, changes single places of a card later, and so keeps focus and scrolling. Builds on
 * civitai_shortcut.js.
 *
 * A tab has one element [data-cs-cards="<prefix>"]; in it [data-cs-cards-list] holds all that an opened model replaces,
 * [data-cs-grid] the cards, [data-cs-cards-end] stands behind the last one, [data-cs-cards-search] is the field that
 * "/" goes to. Parts: <prefix>-state, <prefix>-cards-<page>, <prefix>-marks; see ui/card_sheet.py and ui/card_view.py.
 */
(() => {
  'use strict';

  const PEEK_MS = 350;
  const AHEAD = '1200px 0px';
  const shared = window.civitaiShortcut;
  const { send, actions, has } = shared;
  const PLACES = ['cover', 'state', 'warning', 'words', 'line'];
  const boards = new Map();

  const fromHtml = (html) => {
    const holder = document.createElement('template');
    holder.innerHTML = html;
    return holder.content;
  };

  class Board {
    constructor(prefix) {
      this.prefix = prefix;
      this.state = null;
      this.stateText = this.marksText = '';
      this.drawn = { number: -1, pages: 0 };
      this.cards = new Map();
      this.chosen = new Set();
      this.picking = false;
      this.current = null;
      this.asked = '';
      this.grid = null;
      this.back = null;
      this.peeking = 0;
    }

    get place() {
      return shared.root()?.querySelector(`[data-cs-cards="${this.prefix}"]`);
    }

    find(selector) {
      return this.place?.querySelector(selector);
    }

    get visible() {
      return Boolean(this.place?.offsetParent);
    }

    get listed() {
      return [...this.cards.values()].filter((card) => !card.hidden);
    }

    action(name) {
      return `${this.prefix}:${name}`;
    }

    unheard(...names) {
      return shared.unheard().some((one) => names.some((name) => one?.do === this.action(name)));
    }

    // --- drawing -----------------------------------------------------------------------------

    show() {
      const text = has.parts[`${this.prefix}-state`];
      const grid = this.find('[data-cs-grid]');
      if (!text || !grid) return;
      const anew = grid !== this.grid;
      if (text !== this.stateText || anew) {
        this.stateText = text;
        this.state = JSON.parse(text);
        if (anew || this.state.number !== this.drawn.number) this.clear(grid);
        this.append();
        this.hideGone();
        if (!this.unheard('select', 'select-none')) {
          // Something was done with those that were selected: a click opens again.
          if (this.chosen.size && !this.state.selected.length) this.picking = false;
          this.chosen = new Set(this.state.selected);
        }
        if (this.chosen.size) this.picking = true;
        this.turn(this.state.opened);
        this.paint();
        this.watchEnd();
      }
      this.mark();
      clearTimeout(this.peeking);
      if (this.state.busy && this.visible) this.peeking = setTimeout(() => shared.peek(), PEEK_MS);
    }

    clear(grid) {
      // A list that was only renewed leaves the person where they are.
      const other = this.drawn.number >= 0 && grid === this.grid && !this.state.renewed;
      this.grid = grid;
      grid.replaceChildren();
      this.cards.clear();
      if (!this.state.renewed) this.current = null;
      this.asked = this.marksText = '';
      this.drawn = { number: this.state.number, pages: 0 };
      this.observer?.disconnect();
      this.observer = new IntersectionObserver((entries) => this.fetchAhead(entries), { rootMargin: AHEAD });
      if (other && this.visible && !this.state.opened) this.toTop();
      if (other) this.back = null;
    }

    // Another list begins where its first card is seen, unless that is so.
    toTop() {
      const top = this.place.getBoundingClientRect().top;
      if (top < 0) window.scrollBy(0, top - 16);
    }

    append() {
      for (; this.drawn.pages < this.state.pages; this.drawn.pages++) {
        const page = JSON.parse(has.parts[`${this.prefix}-cards-${this.drawn.pages}`] || '{}');
        if (page.number !== this.state.number) return;
        const fresh = fromHtml(page.html);
        for (const card of fresh.querySelectorAll('[data-cs-card]')) {
          this.cards.set(card.dataset.csCard, card);
          const picture = card.querySelector('img');
          if (picture) this.judge(picture);
        }
        this.grid.append(fresh);
      }
    }

    // A cover that cannot be had leaves the plain ground instead of a broken picture.
    judge(picture) {
      const look = () => picture.classList.toggle('cs-cards-lost', picture.complete && !picture.naturalWidth);
      picture.addEventListener('error', look);
      picture.addEventListener('load', look);
    }

    hideGone() {
      const gone = new Set(this.state.gone.map(String));
      for (const [id, card] of this.cards) {
        if (card.hidden === gone.has(id)) continue;
        const after = card.contains(document.activeElement) && (this.neighbour(card, 1) || this.neighbour(card, -1));
        card.hidden = gone.has(id);
        if (after) this.focus(after);
      }
    }

    neighbour(card, by) {
      const all = this.listed;
      return all[all.indexOf(card) + by];
    }

    mark() {
      const text = has.parts[`${this.prefix}-marks`] || '{}';
      if (text === this.marksText) return;
      this.marksText = text;
      for (const [id, marks] of Object.entries(JSON.parse(text))) {
        const card = this.cards.get(id);
        if (card) this.change(card, id, marks);
      }
    }

    change(card, id, marks) {
      for (const name of PLACES) {
        const place = card.querySelector(`[data-cs-mark="${name}"]`);
        if (!(name in marks) || place.csHtml === marks[name]) continue;
        place.innerHTML = place.csHtml = marks[name];
        const picture = name === 'cover' && place.querySelector('img');
        if (picture) this.judge(picture);
      }
      const corner = card.querySelector('.cs-cards-corner');
      if ('corner' in marks && !this.unheard('save', 'favourite')) corner.setAttribute('aria-pressed', String(Boolean(marks.corner)));
      if ('veil' in marks) card.classList.toggle('cs-veiled', Boolean(marks.veil));
      if ('spoken' in marks) card.querySelector('.cs-cards-open').setAttribute('aria-label', marks.spoken);
    }

    paint() {
      const all = this.listed;
      const current = all.includes(this.cards.get(this.current)) ? this.cards.get(this.current) : all[0];
      for (const card of all) {
        const open = card.querySelector('.cs-cards-open');
        const on = card === current ? 0 : -1;
        if (open.tabIndex !== on) for (const button of card.querySelectorAll('button')) button.tabIndex = on;
        const picked = this.chosen.has(Number(card.dataset.csCard));
        if (card.classList.contains('cs-picked') === picked) continue;
        card.classList.toggle('cs-picked', picked);
        card.querySelector('.cs-cards-pick').setAttribute('aria-pressed', String(picked));
      }
      this.place.classList.toggle('cs-picking', this.picking);
      for (const button of this.place.querySelectorAll('[data-cs-cards-pick]')) button.setAttribute('aria-pressed', String(this.picking));
    }

    // --- more of them ------------------------------------------------------------------------

    watchEnd() {
      const end = this.find('[data-cs-cards-end]');
      if (!end || !this.observer) return;
      this.observer.unobserve(end);
      if (this.state.more) this.observer.observe(end);
    }

    // The end is near: ask for the next page, once for each.
    fetchAhead(entries) {
      const key = `${this.state?.number}:${this.state?.pages}`;
      if (!this.state?.more || this.asked === key || !entries.some((entry) => entry.isIntersecting)) return;
      this.asked = key;
      send(this.action('more'));
    }

    // --- an opened model in place of the cards -----------------------------------------------

    turn(opened) {
      const was = this.place.classList.contains('cs-opened');
      if (was === opened) return;
      if (opened && !this.back) this.remember();
      this.place.classList.toggle('cs-opened', opened);
      if (opened) {
        if (this.visible && this.place.getBoundingClientRect().top < 0) window.scrollTo(0, 0);
        return;
      }
      const back = this.back;
      this.back = null;
      if (!back || !this.visible) return;
      window.scrollTo(0, back.y);
      const card = this.cards.get(back.id);
      if (card && !card.hidden) this.focus(card);
    }

    remember(id = this.current) {
      this.back = { y: window.scrollY, id };
    }

    // --- what is done ------------------------------------------------------------------------

    focus(card) {
      this.current = card.dataset.csCard;
      this.paint();
      card.querySelector('.cs-cards-open').focus({ preventScroll: true });
      const { top, bottom } = card.getBoundingClientRect();
      if (top < 0 || bottom > window.innerHeight) card.scrollIntoView({ block: 'nearest' });
    }

    open(id) {
      const card = this.cards.get(id);
      if (card?.matches('.cs-veiled:not(.cs-unveiled)')) {
        for (const other of this.cards.values()) other.classList.toggle('cs-unveiled', other === card);
        return;
      }
      this.current = id;
      this.remember(id);
      this.paint();
      send(this.action('open'), { id });
    }

    press(id, name) {
      const corner = this.cards.get(id)?.querySelector('.cs-cards-corner');
      if (!corner) return;
      const on = corner.getAttribute('aria-pressed') !== 'true';
      corner.setAttribute('aria-pressed', String(on));
      send(this.action(name), { id, value: on ? 'on' : 'off' });
    }

    pick(id, yes = !this.chosen.has(Number(id))) {
      if (yes) this.chosen.add(Number(id));
      else this.chosen.delete(Number(id));
      this.picking = true;
      this.paint();
      send(this.action('select'), { id, value: yes ? 'on' : 'off' });
    }

    pickNone() {
      this.picking = false;
      if (this.chosen.size) send(this.action('select-none'));
      this.chosen.clear();
      this.paint();
    }

    step(card, key) {
      const all = this.listed;
      const at = all.indexOf(card);
      const columns = Math.max(1, all.findIndex((one) => one.offsetTop > all[0].offsetTop));
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: all.length - 1 - at }[key];
      if (by === undefined) return false;
      if (all[at + by]) this.focus(all[at + by]);
      else if (by > 1 && at < all.length - 1 && all[at].offsetTop < all.at(-1).offsetTop) this.focus(all.at(-1));
      return true;
    }

    key(event, card) {
      if (this.step(card, event.key)) return true;
      const id = card.dataset.csCard;
      const key = event.key.toLowerCase(); // letters are the same ones with caps lock
      if (key === ' ') this.pick(id);
      else if (key === 's') card.querySelector('.cs-cards-corner').click();
      else if (key === 'd') send(this.action('download'), { id });
      else if (key === 'delete' && this.grid.dataset.csRemoves !== undefined) send(this.action('remove'), { id });
      else return false;
      return true;
    }

    escape() {
      if (this.state?.opened || this.unheard('open')) {
        send(this.action('close'));
        return true;
      }
      const field = this.find('[data-cs-cards-search]');
      if (field && document.activeElement === field) {
        field.blur();
        return true;
      }
      if (!this.picking) return false;
      this.pickNone();
      return true;
    }
  }

  // --- both tabs -------------------------------------------------------------------------------

  const boardOf = (element) => boards.get(element?.closest?.('[data-cs-cards]')?.dataset.csCards);
  const seen = () => [...boards.values()].find((board) => board.visible);

  const meet = (prefix) => {
    const board = new Board(prefix);
    boards.set(prefix, board);
    actions[`${prefix}:open`] = (element, id) => {
      if (!element.closest('[data-cs-grid]')) return send(`${prefix}:open`, { id, value: element.dataset.csValue });
      if (board.picking) board.pick(id);
      else board.open(id);
    };
    for (const name of ['save', 'favourite']) {
      actions[`${prefix}:${name}`] = (element, id) => {
        if (element.closest('[data-cs-grid]')) board.press(id, name);
        else send(`${prefix}:${name}`, { id, value: element.dataset.csValue });
      };
    }
    actions[`${prefix}:select`] = (element, id) => board.pick(id);
    actions[`${prefix}:select-none`] = () => board.pickNone();
    actions[`${prefix}:pick`] = () => {
      if (board.picking) return board.pickNone();
      board.picking = true;
      board.paint();
    };
  };

  shared.shown.push(() => {
    for (const place of shared.root()?.querySelectorAll('[data-cs-cards]') || []) {
      const prefix = place.dataset.csCards;
      if (!boards.has(prefix)) meet(prefix);
      boards.get(prefix).show();
    }
  });

  document.addEventListener(
    'click',
    (event) => {
      const open = event.target.closest?.('.cs-cards-open');
      if (!open || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
      event.stopPropagation();
      event.preventDefault();
      boardOf(open)?.pick(open.dataset.csId);
    },
    true,
  );

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const card = event.target.closest?.('[data-cs-card]');
    if (card && event.target.matches('.cs-cards-open') && boardOf(card)?.key(event, card)) return event.preventDefault();
    if (event.key !== '/' || event.target.matches?.('input, select, textarea, [contenteditable]')) return;
    const field = seen()?.find('[data-cs-cards-search]');
    if (!field?.offsetParent) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  document.addEventListener('focusin', (event) => {
    const card = event.target.closest?.('[data-cs-card]');
    const board = card && boardOf(card);
    if (!board || board.current === card.dataset.csCard) return;
    board.current = card.dataset.csCard;
    board.paint();
  });

  shared.escapes.push(() => Boolean(seen()?.escape()));
})();
