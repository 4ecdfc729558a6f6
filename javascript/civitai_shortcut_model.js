/*
 * An opened model, in whichever tab. The program sends it in places that change by themselves; this fills the places of a
 * model that is new, sends what somebody writes without disturbing them, and shows pictures that have a veil when they
 * are clicked. Builds on civitai_shortcut.js.
 */
(() => {
  'use strict';

  const PEEK_MS = 350;
  const WRITE_MS = 800;
  const shared = window.civitaiShortcut;
  const { send, actions, has } = shared;

  const seen = new Map(); // by tab: the model that is drawn, and which of its pictures have been unveiled
  let writing = 0;
  let unsent = null;
  let peeking = 0;

  const models = () => [...(shared.root()?.querySelectorAll('[data-cs-model]') || [])];
  const open = () => models().find((one) => one.offsetParent);
  const modelOf = (element) => element.closest('[data-cs-model]');
  const prefixOf = (element) => modelOf(element).dataset.csModel;
  const stateOf = (prefix) => JSON.parse(has.parts[`${prefix}-model-state`] || '{}');

  // --- what the program sends ------------------------------------------------------------------

  // What was sent before stands in no place of a model that has just been drawn.
  const fill = (model) => {
    for (const place of model.querySelectorAll('[data-cs-part]')) {
      const html = has.parts[place.dataset.csPart];
      if (html !== undefined && place.csHtml !== html) place.innerHTML = place.csHtml = html;
    }
  };

  const fillNote = (model, state) => {
    const own = model.querySelector('[data-cs-model-own]');
    if (!own) return;
    own.hidden = !state.saved;
    const box = own.querySelector('[data-cs-model-note]');
    const noted = own.querySelector('[data-cs-model-noted]');
    const words = state.note || '';
    if (unsent?.box === box || words === box.csNote) return;
    // Somebody else may have written one meanwhile; what is being typed here goes before it.
    if (box.csSent === words) noted.textContent = noted.dataset.csModelNoted;
    else if (document.activeElement !== box || !box.csTyped) {
      box.value = words;
      noted.textContent = '';
    }
    box.csNote = words;
    fit(box);
  };

  const fit = (box) => {
    box.style.height = 'auto';
    box.style.height = `${Math.min(420, Math.max(84, box.scrollHeight + 2))}px`;
  };

  const veil = (model, kept) => {
    for (const shot of model.querySelectorAll('.cs-model-shot[data-cs-veil]')) shot.classList.toggle('cs-unveiled', kept.unveiled.has(shot.dataset.csId));
    const stage = model.querySelector('[data-cs-stage]');
    stage?.classList.toggle('cs-unveiled', kept.unveiled.has(stage.dataset.csStage));
  };

  // Only a text that is cut needs a way to the rest.
  const measure = (model) => {
    for (const words of model.querySelectorAll('[data-cs-fold]')) {
      const more = words.nextElementSibling;
      if (!words.clientHeight || more.getAttribute('aria-expanded') === 'true') continue;
      more.hidden = words.scrollHeight <= words.clientHeight + 4;
      words.classList.toggle('cs-cut', !more.hidden);
    }
  };

  const judge = (model) => {
    for (const picture of model.querySelectorAll('.cs-model-shot img, .cs-model-large img')) {
      if (picture.csJudged) continue;
      picture.csJudged = true;
      // What the program sends for a picture that it could not get is always of this size.
      const lost = () => picture.complete && (!picture.naturalWidth || (picture.naturalWidth === 88 && picture.naturalHeight === 110));
      const look = () => picture.closest('button, div').classList.toggle('cs-lost-shot', lost());
      picture.addEventListener('error', look);
      picture.addEventListener('load', look);
      if (picture.complete) look();
    }
  };

  const show = () => {
    clearTimeout(peeking);
    for (const model of models()) {
      const prefix = model.dataset.csModel;
      const state = stateOf(prefix);
      let kept = seen.get(prefix);
      if (kept?.model !== model) {
        const id = model.dataset.csModelId;
        kept = { model, id, unveiled: kept?.id === id && id ? kept.unveiled : new Set() };
        seen.set(prefix, kept);
      }
      fill(model);
      fillNote(model, state);
      veil(model, kept);
      judge(model);
      measure(model);
      if (model.offsetParent && !kept.met && (!document.activeElement || document.activeElement === document.body)) {
        (model.querySelector('.cs-model-title h2') || model.querySelector('.cs-model-back button'))?.focus({ preventScroll: true });
      }
      kept.met = kept.met || Boolean(model.offsetParent);
      if (state.busy && model.offsetParent) peeking = setTimeout(() => shared.peek(), PEEK_MS);
    }
  };
  shared.shown.push(show);

  // --- what somebody writes --------------------------------------------------------------------

  const sendNote = () => {
    clearTimeout(writing);
    if (!unsent) return;
    const { box, prefix, id } = unsent;
    unsent = null;
    box.csSent = box.value.trim() === '' ? '' : box.value;
    if (box.csSent !== box.csNote) send(`${prefix}:model-note`, { id, text: box.csSent });
  };

  document.addEventListener('input', (event) => {
    const box = event.target;
    if (!box.matches?.('.cs [data-cs-model-note]')) return;
    const model = modelOf(box);
    box.csTyped = true;
    model.querySelector('[data-cs-model-noted]').textContent = '';
    fit(box);
    if (unsent && unsent.box !== box) sendNote();
    unsent = { box, prefix: model.dataset.csModel, id: model.dataset.csModelId };
    clearTimeout(writing);
    writing = setTimeout(sendNote, WRITE_MS);
  });
  document.addEventListener('focusout', (event) => {
    if (!event.target.matches?.('.cs [data-cs-model-note]')) return;
    event.target.csTyped = false;
    sendNote();
  });
  // What was typed in the last moment is not on its way yet; whoever leaves now is asked.
  window.addEventListener('beforeunload', (event) => {
    const going = unsent || shared.unheard().some((one) => one?.do.endsWith(':model-note'));
    sendNote();
    if (going) event.preventDefault();
  });

  const add = (box) => {
    const words = box.value.trim();
    if (!words) return;
    box.value = '';
    send(`${prefixOf(box)}:model-${box.dataset.csModelAdd}`, { text: words });
  };

  // --- what is clicked -------------------------------------------------------------------------

  const toTab = (name) => document.querySelector(`button#cs-tab-${name}-button`)?.click();

  const picture = (element, id) => {
    const prefix = prefixOf(element);
    const kept = seen.get(prefix);
    if (id && element.matches('[data-cs-veil]:not(.cs-unveiled)')) {
      kept.unveiled = new Set([id]);
      return veil(modelOf(element), kept);
    }
    return send(`${prefix}:model-picture`, { id });
  };

  const gallery = (element) => {
    const address = modelOf(element).querySelector('.cs-model-keep a')?.href;
    toTab('gallery');
    if (address) send('gallery:open', { text: address });
  };

  for (const prefix of ['browse', 'shortcuts']) {
    actions[`${prefix}:model-picture`] = picture;
    actions[`${prefix}:model-gallery`] = gallery;
    actions[`${prefix}:model-close`] = () => {
      sendNote();
      send(`${prefix}:model-close`);
    };
  }
  // The creator and tags lead to Browse, whatever tab the model stands in.
  actions['model:look'] = (element, id, value) => {
    if (prefixOf(element) !== 'browse') toTab('browse');
    send('browse:search', { text: value });
  };
  actions['model:downloads'] = () => toTab('downloads');
  actions['model:unveil'] = (element) => {
    const kept = seen.get(prefixOf(element));
    kept.unveiled = new Set([element.closest('[data-cs-stage]').dataset.csStage]);
    veil(modelOf(element), kept);
  };
  actions['model:unfold'] = (element) => {
    const folded = element.getAttribute('aria-expanded') !== 'true';
    element.setAttribute('aria-expanded', String(folded));
    element.previousElementSibling.classList.toggle('cs-unfolded', folded);
    if (!folded) element.previousElementSibling.scrollIntoView({ block: 'nearest' });
  };

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target;
    if (event.key === 'Enter' && target.matches?.('.cs [data-cs-model-add]')) {
      event.preventDefault();
      return add(target);
    }
    const stage = open()?.querySelector('[data-cs-stage]');
    if (!stage || target.matches?.('input, select, textarea, video')) return;
    const name = { ArrowLeft: 'previous', ArrowRight: 'next' }[event.key];
    if (!name || target.closest?.('[data-cs-card], [role="tab"]')) return;
    event.preventDefault();
    stage.querySelector(`[data-cs-action$=":model-${name}"]`)?.click();
  });

  // First the large picture closes, then what is being written is left, then the model.
  shared.escapes.unshift(() => {
    const model = open();
    if (!model) return false;
    const active = document.activeElement;
    if (active?.matches('[data-cs-model-note], [data-cs-model-add]') && model.contains(active)) {
      active.blur();
      return true;
    }
    const close = model.querySelector('[data-cs-stage] [data-cs-action$=":model-picture"]') || model.querySelector('[data-cs-action$=":model-close"]');
    close?.click();
    return Boolean(close);
  });
})();
