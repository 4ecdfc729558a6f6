// What the pages of hosts bring with them, as far as an extension may meet it.
const uiUpdateCallbacks = [];
const uiLoadedCallbacks = [];
const uiTabChangeCallbacks = [];

function gradioApp() {
  const elements = document.getElementsByTagName('gradio-app');
  const element = elements.length === 0 ? document : elements[0];
  return element.shadowRoot || element;
}

function get_uiCurrentTab() {
  return gradioApp().querySelector('#tabs > .tab-nav > button.selected, #tabs > div button.selected');
}

function onUiUpdate(callback) {
  uiUpdateCallbacks.push(callback);
}

function onAfterUiUpdate(callback) {
  uiUpdateCallbacks.push(callback);
}

function onUiLoaded(callback) {
  uiLoadedCallbacks.push(callback);
}

function onUiTabChange(callback) {
  uiTabChangeCallbacks.push(callback);
}

function updateInput(target) {
  target.dispatchEvent(new Event('input', { bubbles: true }));
}

function switch_to(title) {
  const tabs = gradioApp().querySelectorAll('#tabs > .tab-nav > button, #tabs > div button[role="tab"]');
  for (const tab of tabs) if (tab.textContent.trim() === title) return tab.click();
}

const switch_to_txt2img = () => switch_to('txt2img');
const switch_to_img2img = () => switch_to('img2img');
const switch_to_inpaint = () => switch_to('img2img');
const switch_to_extras = () => switch_to('Extras');

document.addEventListener('DOMContentLoaded', () => {
  let begun = false;
  let shown = null;
  new MutationObserver((records) => {
    if (!begun && gradioApp().querySelector('#txt2img_prompt')) {
      begun = true;
      for (const callback of uiLoadedCallbacks) callback();
    }
    for (const callback of uiUpdateCallbacks) callback(records);
    const tab = get_uiCurrentTab();
    if (tab && tab !== shown) {
      shown = tab;
      for (const callback of uiTabChangeCallbacks) callback();
    }
  }).observe(gradioApp(), { childList: true, subtree: true });
});
