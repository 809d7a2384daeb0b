/* Additions only: every page does the same without this file. A classic script, because Chromium loads no module from disk. */
(function () {
  'use strict';

  // Arrow keys turn pages where a page has neighbours.
  document.addEventListener('keydown', function (event) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target instanceof Element && event.target.closest('input, textarea, select, .scroll')) return;
    var rel = event.key === 'ArrowLeft' ? 'prev' : event.key === 'ArrowRight' ? 'next' : '';
    var link = rel && document.querySelector('a[rel="' + rel + '"]');
    if (link) link.click();
  });

  // A place on a whole sprite leads to the page of the filter that lies there.
  document.querySelectorAll('a.sheet[data-cells]').forEach(function (sheet) {
    var cells = JSON.parse(sheet.dataset.cells);
    var picture = sheet.querySelector('img');
    var layer = sheet.getAttribute('href');
    var spot, tip;

    function cellAt(event) {
      var box = picture.getBoundingClientRect();
      var column = Math.floor(
        (((event.clientX - box.left) / box.width) * cells.width - cells.x) / cells.stepX,
      );
      var row = Math.floor((((event.clientY - box.top) / box.height) * cells.height - cells.y) / cells.stepY);
      var index = row * cells.columns + column;
      if (column < 0 || row < 0 || column >= cells.columns || index >= cells.filters.length) return undefined;
      return { column: column, row: row, filter: cells.filters[index] };
    }

    function clear() {
      if (spot) spot.remove();
      if (tip) tip.remove();
      spot = tip = undefined;
    }

    sheet.addEventListener('mousemove', function (event) {
      var cell = cellAt(event);
      clear();
      if (!cell) return;
      spot = document.createElement('span');
      spot.className = 'spot';
      spot.style.left = (100 * (cells.x + cell.column * cells.stepX)) / cells.width + '%';
      spot.style.top = (100 * (cells.y + cell.row * cells.stepY)) / cells.height + '%';
      spot.style.width = (100 * cells.stepX) / cells.width + '%';
      spot.style.height = (100 * cells.stepY) / cells.height + '%';
      tip = document.createElement('span');
      tip.className = 'tip';
      tip.textContent = 'filter ' + cell.filter;
      sheet.append(spot, tip);
    });
    sheet.addEventListener('mouseleave', clear);
    sheet.addEventListener('click', function (event) {
      var cell = event.detail > 0 && cellAt(event);
      if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      location.href = layer.replace(/index\.html$/, cell.filter + '/index.html');
    });
  });
})();
