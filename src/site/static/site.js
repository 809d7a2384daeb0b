/* Additions only: every page does the same without this file. Bundled to a classic script, because Chromium loads no module from disk. */
import './card-list.ts';
import './contents.ts';
import './dense-lists.ts';
import './diagram-view.ts';
import './roving.ts';
import './sorter.ts';
import './theme-switch.ts';
import './walk.ts';

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

  // The search field: its script and its data are loaded when it is first used.
  var search = document.querySelector('.search');
  var field = search && search.querySelector('input');
  var asked = new URLSearchParams(location.search).get('q');
  var isLoaded = false;
  function loadSearch() {
    if (isLoaded) return;
    isLoaded = true;
    search.dataset.scripts.split(' ').forEach(function (src) {
      var script = document.createElement('script');
      script.src = src;
      script.async = false;
      document.head.append(script);
    });
  }
  if (field) {
    field.addEventListener('focus', loadSearch);
    if (asked) {
      field.value = asked;
      loadSearch();
    }
    document.addEventListener('keydown', function (event) {
      if (event.key !== '/' || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey)
        return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select')) return;
      event.preventDefault();
      field.focus();
      field.select();
    });
  }

  // The viewer of panels and the tray of what is to be compared: loaded when a panel is pointed at, or when the address or the tab knows of one.
  var isViewerLoaded = false;
  function loadViewer() {
    if (isViewerLoaded || !search || !search.dataset.viewer) return;
    isViewerLoaded = true;
    search.dataset.viewer.split(' ').forEach(function (file) {
      var isStyle = /\.css$/.test(file);
      var part = document.createElement(isStyle ? 'link' : 'script');
      if (isStyle) part.rel = 'stylesheet';
      part[isStyle ? 'href' : 'src'] = file;
      document.head.append(part);
    });
  }
  function isComparing() {
    try {
      return sessionStorage.getItem('filterscope-comparison') !== null;
    } catch {
      return false;
    }
  }
  ['pointerover', 'focusin'].forEach(function (type) {
    document.addEventListener(type, function (event) {
      if (event.target instanceof Element && event.target.closest('[data-p]')) loadViewer();
    });
  });
  document.addEventListener('keydown', function (event) {
    if (event.key !== 'i' || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target instanceof Element && event.target.closest('input, textarea, select')) return;
    loadViewer();
    // It may come before its script has.
    if (document.querySelector('.inspect') === null) search.dataset.inspect = '';
  });
  // Reports, layers, units and images are compared as a whole, too.
  var pageOf = search && search.dataset.page;
  var head = document.querySelector('.comparable');
  if (head && pageOf) {
    var add = document.createElement('button');
    add.type = 'button';
    add.className = 'button compare no-print';
    add.textContent = 'Add to comparison';
    add.addEventListener('click', function () {
      search.dataset.add = pageOf;
      loadViewer();
      document.dispatchEvent(new Event('filterscope:add'));
    });
    (head.querySelector('.cite') || head).append(add);
  }

  // Maps of one kind on one scale: the button is here, the viewer's script changes the colours.
  var state = new URLSearchParams(location.search);
  // In a frame of another page: what is shown, without what leads through the gallery. Links lead out of the frame.
  if (state.has('embed')) {
    document.documentElement.classList.add('embed');
    document.addEventListener('click', function (event) {
      var link = event.target instanceof Element && event.target.closest('a[href]');
      if (!link || link.getAttribute('href').charAt(0) === '#') return;
      link.target = '_blank';
      link.rel = 'noopener';
    });
  }
  document.querySelectorAll('[data-scales]').forEach(function (grid) {
    var button = document.createElement('button');
    button.type = 'button';
    button.className = 'button one-scale no-print';
    button.textContent = grid.dataset.scales === 'each' ? 'One scale for all' : 'A scale for each';
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', function () {
      search.dataset.scale = grid.dataset.scales;
      loadViewer();
      document.dispatchEvent(new Event('filterscope:scale'));
    });
    grid.before(button);
  });
  var touches = matchMedia('(hover: none)').matches && document.querySelector('[data-p]');
  if (state.has('i') || state.has('scale') || isComparing() || touches) loadViewer();

  // How an image grew: a slider below it that shows its frames in its place, instead of the animation.
  document.querySelectorAll('.frames').forEach(function (figure) {
    var steps = figure.dataset.steps.split(' ');
    var last = steps.length - 1;
    var picture = figure.parentNode.querySelector('.cut');
    if (last < 1 || !picture) return;
    var strip = new Image();
    strip.alt = '';
    strip.className = 'grown';
    strip.style.width = 100 * steps.length + '%';

    var button = document.createElement('button');
    button.type = 'button';
    var slider = document.createElement('input');
    slider.type = 'range';
    slider.min = 0;
    slider.max = last;
    slider.setAttribute('aria-label', 'Step');
    var output = document.createElement('output');
    var controls = document.createElement('div');
    controls.className = 'controls';
    controls.append(button, slider, output);
    var timer;

    function show(index) {
      slider.value = index;
      slider.setAttribute('aria-valuetext', 'step ' + steps[index]);
      // The last frame is the image itself, which is sharper; the others are loaded when they are shown.
      if (index < last && !strip.src) {
        strip.src = figure.dataset.strip;
        picture.append(strip);
      }
      strip.hidden = index === last;
      strip.style.left = -100 * index + '%';
      output.textContent = 'step ' + steps[index];
    }
    function play(on) {
      clearInterval(timer);
      timer = on ? setInterval(tick, 160) : undefined;
      button.setAttribute('aria-label', on ? 'Pause' : 'Play');
      button.innerHTML =
        '<svg width="10" height="10" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true"><path d="' +
        (on ? 'M1 0h3v10H1zM6 0h3v10H6z' : 'M1.5 0v10L9.5 5z') +
        '"/></svg>';
    }
    function tick() {
      var index = Number(slider.value) + 1;
      if (index <= last) show(index);
      if (index >= last) play(false);
    }
    button.addEventListener('click', function () {
      if (timer !== undefined) return play(false);
      if (Number(slider.value) === last) show(0);
      play(true);
    });
    slider.addEventListener('input', function () {
      play(false);
      show(Number(slider.value));
    });
    // In the address, so that a link leads to the very step: when the reader is through with moving.
    slider.addEventListener('change', function () {
      var index = Number(slider.value);
      var rest = location.pathname + location.search;
      history.replaceState(null, '', index === last ? rest : '#step-' + steps[index]);
    });
    function follow() {
      var index = steps.indexOf(location.hash.replace('#step-', ''));
      play(false);
      show(index < 0 ? last : index);
    }
    addEventListener('hashchange', follow);
    figure.replaceChildren(controls);
    figure.classList.add('sliding');
    follow();
  });

  // Patches and projections of one filter stand in two grids: both are marked.
  document.querySelectorAll('.twins').forEach(function (twins) {
    var lists = twins.querySelectorAll('ul');
    if (lists.length < 2) return;
    function mark(event) {
      var item = event.target instanceof Element && event.target.closest('li');
      var index = item ? Array.prototype.indexOf.call(item.parentNode.children, item) : -1;
      lists.forEach(function (list) {
        Array.prototype.forEach.call(list.children, function (each, position) {
          each.classList.toggle('twin', !/out$/.test(event.type) && position === index);
        });
      });
    }
    ['mouseover', 'mouseout', 'focusin', 'focusout'].forEach(function (type) {
      twins.addEventListener(type, mark);
    });
  });

  // Pointing at a place in the list shows it in the image.
  document.querySelectorAll('[data-place]').forEach(function (link) {
    var place = document.getElementById(link.dataset.place);
    function show(on) {
      if (place) place.classList.toggle('shown', on);
    }
    link.addEventListener('mouseenter', show.bind(undefined, true));
    link.addEventListener('mouseleave', show.bind(undefined, false));
  });

  // A place on a whole sprite leads to the page of the filter that lies there.
  document.querySelectorAll('a.sheet[data-cells]').forEach(function (sheet) {
    var cells = JSON.parse(sheet.dataset.cells);
    var picture = sheet.querySelector('img');
    // Without the filter that the sheet itself leads to.
    var layer = sheet.getAttribute('href').replace(/\?.*$/, '');
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
      if (cell) sheet.dataset.filter = cell.filter;
      else delete sheet.dataset.filter;
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

  // Links and citations are copied by a button; where the browser does not allow it, they are selected.
  document.querySelectorAll('.cite').forEach(function (cite) {
    var status = document.createElement('p');
    status.className = 'small quiet';
    status.setAttribute('role', 'status');
    function address() {
      var canonical = document.querySelector('link[rel="canonical"]');
      var isLocal = location.protocol === 'file:' && canonical;
      return isLocal ? canonical.href + location.search + location.hash : location.href;
    }
    function addButton(label, place, text, select) {
      var button = document.createElement('button');
      button.type = 'button';
      button.className = 'button';
      button.textContent = label;
      button.addEventListener('click', function () {
        function refuse() {
          select();
          status.textContent = 'Selected: copy it with the keyboard or the menu.';
        }
        status.textContent = '';
        if (!navigator.clipboard) return refuse();
        navigator.clipboard.writeText(text()).then(function () {
          status.textContent = 'Copied.';
        }, refuse);
      });
      place(button);
    }
    var field;
    addButton(
      'Copy link',
      function (button) {
        // Behind what is there already, which does not move.
        cite.append(button);
      },
      address,
      function () {
        if (!field) {
          field = document.createElement('input');
          field.readOnly = true;
          field.setAttribute('aria-label', 'Link to this page');
          status.before(field);
        }
        field.value = address();
        field.focus();
        field.select();
      },
    );
    cite.querySelectorAll('pre').forEach(function (pre) {
      addButton(
        pre.dataset.copy,
        function (button) {
          pre.after(button);
        },
        function () {
          return pre.textContent;
        },
        function () {
          getSelection().selectAllChildren(pre);
        },
      );
    });
    cite.append(status);
  });
})();
