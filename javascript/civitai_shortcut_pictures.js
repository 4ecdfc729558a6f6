/*
 * Pictures that are still on their way. The program soon answers with an empty one of a size that no other has, since a
 * browser has but six connections to it and clicks need them, too; here it is asked again.
 */
(() => {
  'use strict';

  const WIDTH = 87;
  const HEIGHT = 110;
  const STEP_MS = 700; // longer by this each time
  const MOST_MS = 5000;
  const ADDRESS = /(civitai-shortcut\/pictures\/[0-9a-f]+\?[^\s,]*?)(?:&later=\d+)?(?=[\s,]|$)/g;

  const askAgain = (picture, times) => {
    for (const name of ['srcset', 'src']) {
      const addresses = picture.getAttribute(name);
      // Another address, or the browser would take the empty one that it has.
      if (addresses) picture.setAttribute(name, addresses.replace(ADDRESS, `$1&later=${times}`));
    }
  };

  document.addEventListener(
    'load',
    (event) => {
      const picture = event.target;
      if (picture.naturalWidth !== WIDTH || picture.naturalHeight !== HEIGHT || !picture.closest?.('.cs')) return;
      event.stopImmediatePropagation(); // nothing has come yet
      const times = (picture.csTimes ?? 0) + 1;
      const before = picture.getAttribute('src');
      picture.csTimes = times;
      setTimeout(() => {
        if (picture.isConnected && picture.getAttribute('src') === before) askAgain(picture, times);
      }, Math.min(STEP_MS * times, MOST_MS));
    },
    true,
  );
})();
