/*
 * What older versions of Gradio leave out: they give the heads of our tabs neither names nor roles, and draw two of
 * them anew whenever another tab is chosen.
 */
(() => {
  'use strict';

  const shared = window.civitaiShortcut;
  const FEW_MS = 250;

  const bar = () => document.querySelector('#cs-page > .cs-tabs > .tab-nav');

  const dress = (heads) => {
    const panels = [...heads.parentElement.children].filter((one) => one.classList.contains('tabitem'));
    const buttons = [...heads.children].filter((one) => one.tagName === 'BUTTON');
    heads.setAttribute('role', 'tablist');
    buttons.forEach((button, at) => {
      const panel = panels[at];
      if (!panel) return;
      button.id = `${panel.id}-button`;
      button.setAttribute('role', 'tab');
      button.setAttribute('aria-controls', panel.id);
      button.setAttribute('aria-selected', button.classList.contains('selected'));
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', button.id);
    });
  };

  // Whoever chose a tab with the keyboard goes on from its head.
  let leaving = false;
  const keepFocus = (heads) => {
    if (leaving && document.activeElement === document.body) heads.querySelector('.selected')?.focus({ preventScroll: true });
    leaving = false;
  };

  let watched = null;
  const watch = () => {
    const heads = bar();
    if (!heads || heads === watched) return;
    watched = heads;
    const drawn = () => {
      dress(heads);
      keepFocus(heads);
      shared.redraw();
    };
    new MutationObserver(drawn).observe(heads, { childList: true });
    heads.addEventListener('click', (event) => (leaving = event.target === document.activeElement), true);
    drawn();
  };

  watch();
  setInterval(watch, FEW_MS);
})();
