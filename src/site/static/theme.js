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
