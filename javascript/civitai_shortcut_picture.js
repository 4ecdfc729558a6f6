/*
 * What the large picture of the Gallery tab needs of a script: files that are dropped or chosen go to the program to be
 * looked into, what was dropped is shown from this browser's own memory. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const shared = window.civitaiShortcut;
  const INSPECT = 'civitai-shortcut/inspect';
  const find = (selector) => shared.root()?.querySelector(selector);
  const files = new Map();

  const tab = () => {
    const found = find('[data-cs-tab="gallery"]');
    return found?.offsetParent ? found : null;
  };

  // --- files -----------------------------------------------------------------------------------

  const inspect = async (file) => {
    if (!file) return;
    const words = find('[data-cs-action="gallery:detail-choose"]')?.dataset || {};
    const place = tab();
    if (file.size > Number(words.csMost)) return shared.say(words.csLarge, file.name);
    place?.classList.add('cs-inspecting');
    try {
      const answer = await fetch(INSPECT, { method: 'POST', body: file, credentials: 'same-origin' });
      const { token, problem } = await answer.json();
      if (!token) return shared.say(problem || words.csFailed, file.name);
      for (const address of files.values()) URL.revokeObjectURL(address);
      files.clear();
      files.set(token, URL.createObjectURL(file));
      shared.send('gallery:detail-dropped', { id: token, value: file.name.slice(0, 200) });
    } catch {
      shared.say(words.csFailed, file.name);
    } finally {
      place?.classList.remove('cs-inspecting');
    }
  };

  const fill = () => {
    for (const place of shared.root()?.querySelectorAll('[data-cs-dropped]:not([src])') || []) {
      const address = files.get(place.dataset.csDropped);
      if (address) place.src = address;
    }
  };

  const chooser = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/*,video/*' });
  chooser.addEventListener('change', () => {
    inspect(chooser.files[0]);
    chooser.value = '';
  });

  const brings = (event) => tab() && [...(event.dataTransfer?.types || [])].includes('Files');
  const shade = (yes) => tab()?.classList.toggle('cs-dropping', yes);

  document.addEventListener('dragover', (event) => {
    if (!brings(event) || !event.target.closest?.('.cs')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    shade(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget || !event.relatedTarget.closest?.('.cs')) shade(false);
  });
  document.addEventListener('drop', (event) => {
    shade(false);
    if (!brings(event) || !event.target.closest?.('.cs')) return;
    event.preventDefault();
    inspect(event.dataTransfer.files[0]);
  });

  // Errors of media do not bubble; one that nobody could fetch is the program's to tell.
  document.addEventListener(
    'error',
    (event) => {
      if (event.target.matches?.('.cs-detail-frame video')) event.target.parentElement.classList.add('cs-cannot');
    },
    true,
  );

  // --- clicks ----------------------------------------------------------------------------------

  shared.actions['gallery:detail-choose'] = () => chooser.click();
  shared.actions['gallery:detail-downloads'] = () => document.querySelector('button#cs-tab-downloads-button')?.click();
  shared.shown.push(fill);
  shared.escapes.push(() => {
    const asked = tab() && find('[data-cs-part="gallery-data"] .cs-asks [data-cs-action="gallery:detail-keep"]');
    const back = tab() && find('[data-cs-action="gallery:detail-back"], [data-cs-action="gallery:detail-close"]');
    const button = asked || back;
    button?.click();
    return Boolean(button);
  });
})();
