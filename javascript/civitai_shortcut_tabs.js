/*
 * Finds the page once Gradio has drawn it: its tabs, the one on top, and their names in the language of this browser.
 * Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const MOST_TRIES = 40;

  const shared = window.civitaiShortcut;
  const { root, tab, built, words, inAddress } = shared;

  // --- in the language of this browser --------------------------------------------------------

  const word = () => {
    const { language } = words();
    root().lang = language;
    if (root().classList.contains('cs-page')) document.documentElement.lang = language;
    wordTabs();
  };

  // Gradio names its tabs as the page was built, whenever it draws them.
  const wordTabs = () => {
    const { language, tabs: before } = built();
    const { language: wanted, tabs: after } = words();
    if (wanted === language && !root().csWorded) return;
    root().csWorded = true;
    for (const button of root().querySelectorAll('button')) {
      if (button.closest('.cs-html')) continue;
      const place = [...button.childNodes].find((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
      const seen = place?.data.trim();
      const name = Object.keys(before).find((one) => before[one] === seen) || (seen && seen === button.csSeen && button.csName);
      if (!name || seen === after[name]) continue;
      Object.assign(button, { csName: name, csSeen: after[name] });
      place.data = after[name];
    }
  };

  // --- which tab is on top --------------------------------------------------------------------

  // Its desk then sends what stands in it; the others stay quiet.
  const noteTab = () => {
    if (!root()) return;
    fillNewPlaces();
    shared.meetField();
    const seen = [...document.querySelectorAll('.cs [data-cs-tab]')].find((one) => one.offsetParent);
    const name = seen?.dataset.csTab;
    if (name === named) tries = 0;
    // On the way to the tab that the address names, nobody looks at this one.
    if (!name || name === tab() || (tries > 0 && name !== named && built().tabs?.[named])) return;
    const before = tab();
    shared.opened(name);
    showTab();
    if (before) keepInAddress(name);
  };

  // A page that is loaded again opens where somebody was. The address of a host is the host's.
  const keepInAddress = (name) => {
    if (root().classList.contains('cs-page')) history.replaceState(history.state, '', `#${name}`);
  };

  // On a phone the names of the tabs scroll sideways: the one chosen is then in the middle, never half of it.
  const showTab = () => {
    const button = document.querySelector(`button#cs-tab-${tab()}-button`);
    const [inner, outer] = [button, button?.parentElement].map((one) => one?.getBoundingClientRect());
    if (button) button.parentElement.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
  };

  // Gradio puts a tab on the page when it is opened for the first time; what stands in it may have come long before.
  let placed = [];
  const fillNewPlaces = () => {
    const places = root() ? [...root().querySelectorAll('[data-cs-tab]')] : [];
    const same = places.length === placed.length && places.every((place, at) => place === placed[at]);
    if (same) return;
    placed = places;
    shared.show(shared.everything());
  };

  // An address that ends with #<tab> leads to that tab.
  let named = '';
  let tries = 0;
  const goToNamed = () => {
    // What the address of a host ends with is the host's.
    named = root().classList.contains('cs-page') ? inAddress() : '';
    tries = /^[a-z]+$/.test(named) ? MOST_TRIES : 0;
    followName();
  };
  // Gradio may draw its tabs before they hear clicks.
  const followName = () => {
    if (tries-- > 0) document.querySelector(`button#cs-tab-${named}-button`)?.click();
  };
  window.addEventListener('hashchange', () => root() && goToNamed());

  // --- the beginning, and whenever Gradio draws the page anew ---------------------------------

  const attach = () => {
    const found = document.getElementById('cs-page');
    if (!found) return;
    // Gradio draws piece by piece, in an order of its own: the wires may come later, and clicks wait for them.
    if (found !== root() && found.querySelector('[data-cs-words]')) {
      shared.drawn(found);
      word();
      goToNamed();
      noteTab();
    }
    if (!root()) return;
    wordTabs();
    shared.meetField();
    shared.watch(document.getElementById('cs-answer'));
    if (shared.wired()) hideWires();
  };

  // Nobody should meet them with the keyboard or hear of them.
  const hideWires = () => {
    for (const wire of shared.wires()) wire.tabIndex = -1;
    document.querySelector('.cs-wires').setAttribute('aria-hidden', 'true');
  };

  setInterval(() => {
    attach();
    noteTab();
    followName();
  }, 250);
  shared.ask(true);
  new MutationObserver((_, drawing) => {
    attach();
    if (root()) noteTab();
    // In a host our tab may never come to the top.
    const begun = tab() || (root() && !root().classList.contains('cs-page'));
    if (begun && shared.wired()) drawing.disconnect();
  }).observe(document, { childList: true, subtree: true });
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('[role="tab"]')) return;
    if (event.isTrusted) tries = 0; // somebody goes elsewhere
    setTimeout(noteTab, 50);
  });

  Object.assign(shared, { word, wordTabs });
})();
