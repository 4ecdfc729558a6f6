/*
 * Talks to the program, which sends small JSON of what changed. Clicks go to it through one text field and one button
 * off the screen, because that works the same in every version of Gradio; what is new is asked for by a route of ours.
 * The other scripts build on this one and meet in window.civitaiShortcut.
 */
(() => {
  'use strict';

  const PEEK_MS = 350;
  const RESEND_MS = 1200; // then twice as long, and so on
  const MOST_SENT = 5; // times; that takes 24 s
  const ASK_MS = 1000; // how often to ask what is new
  const ASIDE_MS = 4000; // the same while another tab of a host is on top
  const HIDDEN_MS = 15000; // the same while nobody can see the page
  const LOST_MS = 8000;
  const MOST_LANGUAGES = 8;
  const NEWS = './civitai-shortcut/news';

  const page = Math.random().toString(36).slice(2) + Date.now().toString(36);
  const has = { parts: {}, orders: {}, queue: {}, fields: {}, choices: {}, notices: {}, controls: {}, page: {} };
  // What the other scripts of the page need of this one, and what they add: ``actions`` by name, ``shown`` is called
  // after something new is in its place, ``answered`` with every answer to a click, ``restarted`` after the first answer
  // of a program that was started anew, ``keys`` and ``escapes`` get keys first and say whether they took them.
  const shared = (window.civitaiShortcut = { has, page, actions: {}, shown: [], answered: [], restarted: [], keys: [], escapes: [] });
  const waiting = [];
  let boot = '';
  let known = 0;
  let clicks = 0;
  let flying = null;
  let heardAt = Date.now();
  let root = null; // our page, once Gradio has drawn it
  let tab = ''; // the one on top

  const byId = (id) => document.getElementById(id);
  // The page is the same for all browsers; with the first answer comes how it is called in this one.
  const built = () => JSON.parse(root?.querySelector('[data-cs-words]')?.dataset.csWords || '{}');
  const words = () => has.page.words || built();

  const setValue = (element, value) => {
    const kind = element.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(element, value);
    element.dispatchEvent(new Event('input', { bubbles: true }));
  };

  const input = (id) => byId(id)?.querySelector('textarea, input');
  const pressable = (id) => {
    const element = byId(id);
    return element?.tagName === 'BUTTON' ? element : element?.querySelector('button');
  };

  // What Gradio listens to; not there while it draws the page anew.
  const wires = () => [input('cs-click'), pressable('cs-send')];
  const wired = () => wires().every(Boolean);

  const send = (what, value = {}) => {
    if (what === 'look') {
      const late = waiting.findIndex((one) => one.do === 'look');
      if (late >= 0) waiting.splice(late, 1);
    }
    waiting.push({ do: what, ...value });
    fly();
  };

  const fly = () => {
    if (flying || !waiting.length || !wired()) return;
    if (!asked.answered && Date.now() - asked.at < RESEND_MS) return; // until that is heard
    flying = { ...waiting.shift(), n: ++clicks, sent: 0 };
    push();
  };

  const inAddress = () => window.location.hash.slice(1);

  const whose = () => ({ page, boot, known, tab: tab || inAddress(), languages: [...(navigator.languages || [navigator.language])].slice(0, MOST_LANGUAGES) });

  const push = () => {
    const [box, button] = wires();
    flying.at = Date.now();
    flying.sent += 1;
    const { at, sent, ...message } = flying;
    setValue(box, JSON.stringify({ ...whose(), ...message }));
    // Gradio takes the value over a moment after the event.
    setTimeout(() => button.click(), 30);
  };

  const isLate = () => flying && Date.now() - flying.at >= Math.min(RESEND_MS * 2 ** (flying.sent - 1), LOST_MS);

  // The answer got lost, or it was an error that Gradio shows: until the same button is clicked again.
  const keepFlying = () => (isLate() ? ask(true) : fly());

  // What the program has done is settled, though its answer may still come; what it never heard of is sent again.
  let settled = null;
  const settle = (done) => {
    if (!isLate() || !wired()) return;
    const unheard = done < flying.n;
    if (unheard && flying.sent < MOST_SENT) return push();
    if (unheard) shared.say(words().unheard_title, words().unheard_words);
    settled = flying;
    flying = null;
  };

  // One question at a time, unless its answer got lost.
  let asked = { tick: 0, at: 0, answered: true };
  const ask = async (now = false) => {
    const pause = document.hidden ? HIDDEN_MS : root?.offsetParent ? ASK_MS : ASIDE_MS;
    const since = Date.now() - asked.at;
    // What flies brings the news too; two answers that cross do not fit, and all has to be sent again.
    if ((flying && !isLate()) || (since < pause && !now) || (!asked.answered && since < LOST_MS / 2)) return;
    const tick = asked.tick + 1;
    asked = { tick, tab, at: Date.now(), answered: false };
    const answer = await news(JSON.stringify({ ...whose(), tick }));
    if (asked.tick === tick) asked.answered = true;
    if (answer) take(answer);
  };

  const news = async (body) => {
    try {
      const answer = await fetch(NEWS, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, credentials: 'same-origin' });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null; // nobody is there; the page says so when that lasts
    }
  };

  const peek = () => ask(true);

  const receive = (text) => {
    let answer;
    try {
      const bytes = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
      answer = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return;
    }
    take(answer);
  };

  const take = (answer) => {
    heardAt = Date.now();
    if (answer.tick) settle(answer.done);
    shared.lost(false);
    const restarted = boot && answer.boot !== boot;
    // An answer that overtook another one does not fit what is here: the next brings everything.
    if (!answer.base || (answer.base === known && !restarted)) {
      boot = answer.boot;
      known = answer.number;
      shared.show(answer.changed);
    }
    const heard = answer.ack && [flying, settled].find((one) => one?.n === answer.ack);
    if (heard) {
      // What was just set going shows sooner than at the next question.
      if (heard.do !== 'look') setTimeout(peek, PEEK_MS);
      if (heard === flying) flying = null;
      settled = null;
      for (const hear of shared.answered) hear(answer);
    }
    if (restarted && boot === answer.boot) for (const again of shared.restarted) again();
    catchUp();
    fly();
    if (has.page.busy && !waiting.length && !flying) setTimeout(peek, PEEK_MS);
  };

  // What was asked before Gradio had drawn anything may have been about another tab.
  const catchUp = () => {
    if (root && tab && has.page.tab !== tab && asked.tab !== tab) ask(true);
  };

  const watch = (element) => {
    if (!element || element.csWatched) return;
    element.csWatched = true;
    const read = () => {
      const text = element.querySelector('i')?.textContent;
      if (text && text !== element.csText) {
        element.csText = text;
        receive(text);
      }
    };
    new MutationObserver(read).observe(element, { childList: true, subtree: true, characterData: true });
    read();
  };

  // Another ``element`` is our page from now on, and none of its tabs is known to be on top.
  const drawn = (element) => {
    root = element;
    tab = '';
    heardAt = Date.now(); // a host may have taken long to draw its page
  };

  const opened = (name) => {
    const first = !tab;
    tab = name;
    if (first) catchUp();
    else send('tab', { value: name });
  };

  setInterval(() => {
    keepFlying();
    if (!root) return;
    ask();
    if (!document.hidden) shared.lost(Date.now() - heardAt > LOST_MS);
  }, 250);
  document.addEventListener('visibilitychange', () => (heardAt = Date.now()));

  const unheard = () => [flying, ...waiting];
  Object.assign(shared, { root: () => root, tab: () => tab, boot: () => boot });
  Object.assign(shared, { send, ask, peek, watch, drawn, opened, inAddress, setValue, wires, wired, built, words, unheard });
})();
