/*
 * Puts what the program sends into place without touching what stayed the same, so focus, scrolling and half-typed text
 * survive. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const FRAME = 'tab-'; // what the names of parts begin with that are whole tabs
  const KEPT = ['parts', 'orders', 'queue', 'fields', 'choices', 'notices'];

  const shared = window.civitaiShortcut;
  const { has, words } = shared;

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
    const same = [...shared.root().querySelectorAll('[data-cs-action], .cs-row')].find((one) => markOf(one) === mark);
    const row = key && shared.root().querySelector(`[data-cs-key="${CSS.escape(key)}"]`);
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
    if (!shared.root()) return; // Gradio has not drawn the page yet
    if (changed.page?.words) shared.word();
    keepingFocus(() => {
      // The markup that a tab begins with comes first; all that stands in it has to go there again.
      const framed = Object.keys(changed.parts || {}).some((name) => name.startsWith(FRAME) && fillPart(name, has.parts[name]));
      if (framed) changed = everything();
      for (const [name, html] of Object.entries(changed.parts || {})) fillPart(name, html);
      if (changed.orders?.queue || changed.queue) fillList('queue', has.queue, changed.queue);
      if (changed.orders?.choices || changed.choices) fillList('choices', has.choices, changed.choices);
      if (changed.orders?.notices || changed.notices) shared.fillNotices(changed.notices);
      const rows = { ...changed.fields };
      for (const key of Object.keys(changed.queue || {})) rows[key] = has.fields[key];
      for (const [key, values] of Object.entries(rows)) fillFields(key, values || {});
      fillBadge();
      for (const then of shared.shown) then(changed);
    });
    shared.rove();
  };

  // The heads of the tabs have been drawn anew, and know nothing any more.
  const redraw = () => {
    if (!shared.root()) return;
    shared.wordTabs();
    show({});
  };

  const fillPart = (name, html) => {
    const place = shared.root()?.querySelector(`[data-cs-part="${name}"]`);
    if (!place || place.csHtml === html) return false;
    place.csHtml = html;
    place.innerHTML = html;
    return true;
  };

  const everything = () => Object.fromEntries(KEPT.map((section) => [section, has[section]]));

  const fillList = (name, rows, changed = {}) => {
    const list = shared.root()?.querySelector(`[data-cs-list="${name}"]`);
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
    const row = shared.root()?.querySelector(`.cs-row[data-cs-key="${CSS.escape(key)}"]`);
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

  Object.assign(shared, { show, redraw, everything, fromHtml, fillList });
})();
