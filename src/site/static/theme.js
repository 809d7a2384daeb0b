/* Runs before the page is drawn, so that it never appears in other colours than those that were chosen, or with what scripts replace. */
(function () {
  'use strict';
  document.documentElement.classList.add('scripts');
  try {
    var theme = localStorage.getItem('filterscope-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Where nothing can be stored, the system's colours hold.
  }
})();

// The fonts that a page begins with are on their way before the style sheet is read. Pages from disk may not ask for them so.
if (location.protocol !== 'file:') {
  (document.currentScript.dataset.fonts || '').split(' ').forEach(function (font) {
    if (!font) return;
    var link = document.createElement('link');
    link.rel = 'preload';
    link.as = 'font';
    link.type = 'font/woff2';
    link.crossOrigin = 'anonymous';
    link.href = font;
    document.head.append(link);
  });
}
