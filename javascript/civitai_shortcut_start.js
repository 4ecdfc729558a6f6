/*
 * The page of the first run, which stands in the place of Browse until its questions are answered. What is typed in it
 * survives when it is drawn in another language. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const shared = window.civitaiShortcut;
  const { send, actions } = shared;
  const typed = {}; // by the name of the field
  let stage = ''; // what was shown last, by its title
  let picked = ''; // the folder chosen here, which the program may not have heard of yet

  const place = () => shared.root()?.querySelector('[data-cs-part="start"]');
  const find = (selector) => place()?.querySelector(selector);
  const field = (name) => find(`[data-cs-start="${name}"]`);
  const folders = () => [...(place()?.querySelectorAll('input[name="cs-start-folder"]') ?? [])];
  const chosen = () => folders().find((one) => one.checked)?.value ?? '';

  // --- what is shown ---------------------------------------------------------------------------

  const show = () => {
    if (!place()) return;
    const whole = find('.cs-start-whole');
    const browse = place().parentElement.querySelector('.cs-browse');
    if (browse) browse.hidden = Boolean(whole);
    choose();
    const box = find('[data-cs-start-typed]');
    if (box) box.hidden = chosen() !== 'other';
    for (const [name, text] of Object.entries(typed)) {
      const input = field(name);
      if (input && !input.value) input.value = text;
    }
    const now = field('link') ? 'ready' : whole ? 'asks' : '';
    if (now === 'ready' && stage === 'asks') field('link').focus({ preventScroll: true });
    if (now !== stage && stage) window.scrollTo({ top: 0 });
    stage = now;
  };
  shared.shown.push(show);

  const choose = () => {
    const mine = folders().find((one) => one.value === picked);
    if (!mine) return;
    mine.checked = true;
    for (const one of folders()) one.closest('.cs-start-choice').classList.toggle('cs-on', one === mine);
  };

  // --- what is done ----------------------------------------------------------------------------

  const keep = (name) => {
    const input = field(name);
    if (!input) return '';
    typed[name] = input.value;
    return input.value;
  };

  const sendKey = () => {
    const input = field('key');
    send('start:key', { text: input.value });
    typed.key = input.value = ''; // its place is with the program now; the line below says how it stands
  };

  actions['start:key'] = sendKey;

  actions['start:folder'] = (element) => {
    picked = element.value;
    show();
    send('start:folder', { value: element.value });
    if (element.value === 'other') field('folder').focus();
  };

  const sendFolder = () => send('start:typed', { text: keep('folder') });
  actions['start:typed'] = sendFolder;

  actions['start:finish'] = () => {
    if (field('key').value) sendKey();
    send('start:finish', { value: chosen(), text: keep('folder') });
  };

  const go = (text) => {
    const link = text || field('link').value.trim();
    if (!link) return field('link').focus();
    typed.link = '';
    send('start:look');
    send('browse:search', { text: link });
  };
  actions['start:link'] = (element, id, value) => go(value);

  document.addEventListener('input', (event) => {
    if (event.target.matches?.('.cs [data-cs-start]')) typed[event.target.dataset.csStart] = event.target.value;
  });

  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing || !event.target.matches?.('.cs [data-cs-start]')) return;
    event.preventDefault();
    ({ key: sendKey, folder: sendFolder, link: () => go('') })[event.target.dataset.csStart]();
  });
})();
