/*
 * What people do with a model in the WebUI that this page is a tab of: its words go into the prompt of the tab that was
 * on top last, and a picture goes on to another tab by the host's own buttons. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const PRESS_MS = 60; // Gradio puts a value into its place over a moment
  const TABS = ['txt2img', 'img2img', 'control'];
  const shared = window.civitaiShortcut;

  // --- the prompt ------------------------------------------------------------------------------

  const prompt = (tab) => document.querySelector(`#${tab}_prompt textarea, #${tab}_prompt input`);
  let last = '';

  // Whoever comes here has clicked something, or pressed a key, while the other tab was on top still.
  const note = () => {
    last = TABS.find((tab) => prompt(tab)?.offsetParent) || last;
  };
  document.addEventListener('click', note, true);
  document.addEventListener('keydown', note, true);
  document.addEventListener('focusin', note, true);

  const write = (box, text) => {
    const kind = box.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(box, text);
    box.dispatchEvent(new Event('input', { bubbles: true }));
  };

  const has = (before, part) => {
    const known = before.toLowerCase().split(/[,\n]/).map((one) => one.trim());
    return known.includes(part.trim().toLowerCase());
  };

  // Words that stand there already are left out; with brackets the commas inside have a meaning.
  const missing = (before, words) => {
    if (!words || before.includes(words)) return '';
    if (/[()[\]{}<>|]/.test(words)) return words;
    return words.split(',').map((one) => one.trim()).filter((one) => one && !has(before, one)).join(', ');
  };

  const insert = ({ calls, known, words, done, there, nowhere }) => {
    const tab = [last, ...TABS].find((one) => one && prompt(one));
    if (!tab) return shared.say(nowhere, [calls, words].filter(Boolean).join(', '));
    const box = prompt(tab);
    const before = box.value;
    const called = known.startsWith('<') ? before.includes(known) : has(before, known);
    const added = [missing(before, words), called ? '' : calls].filter(Boolean).join(', ');
    if (!added) return shared.say(there.replace('{tab}', tab), calls);
    const start = before.trimEnd().replace(/,$/, '');
    write(box, start ? `${start}, ${added}` : added);
    shared.say(done.replace('{tab}', tab), added);
  };

  shared.answered.push((answer) => answer.insert && insert(answer.insert));

  // --- pictures --------------------------------------------------------------------------------

  const pressable = (id) => {
    const element = document.getElementById(id);
    return element?.tagName === 'BUTTON' ? element : element?.querySelector('button');
  };
  const met = new Set();
  let going = null;

  // A letter that the program has ready is opened by its name; then the host's own button takes it.
  const sendOn = () => {
    const letter = shared.root()?.querySelector('[data-cs-letter]');
    if (!letter || met.has(letter.dataset.csLetter)) return;
    const box = document.querySelector('#cs-send-name textarea, #cs-send-name input');
    const load = pressable('cs-send-load');
    if (!box || !load) return;
    const { csLetter: name, csTo: tab } = letter.dataset;
    met.add(name);
    going = { name, tab };
    write(box, name);
    setTimeout(() => load.click(), PRESS_MS);
  };

  const press = () => {
    const loaded = document.querySelector('#cs-send-loaded i')?.textContent;
    if (!going || loaded !== going.name) return;
    const button = pressable(`cs-send-to-${going.tab}`);
    going = null;
    setTimeout(() => button?.click(), PRESS_MS);
  };

  const watch = () => {
    const place = document.getElementById('cs-send-loaded');
    if (!place || place.csWatched) return;
    place.csWatched = true;
    new MutationObserver(press).observe(place, { childList: true, subtree: true, characterData: true });
    for (const id of ['cs-send-name', 'cs-send-text', 'cs-send-image']) {
      for (const wire of document.querySelectorAll(`#${id} textarea, #${id} input, #${id} button`)) wire.tabIndex = -1;
    }
    for (const wire of document.querySelectorAll('[id^="cs-send-to-"], [id^="cs-send-to-"] button, #cs-send-load, #cs-send-load button')) wire.tabIndex = -1;
    place.closest('.cs-wires')?.setAttribute('aria-hidden', 'true');
  };

  shared.shown.push(() => {
    watch();
    sendOn();
  });
})();
