import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileHref, pageHref, routes, slug, srcHref, type PagePath } from '../../src/site/routes.ts';
import { HOSTILE, UNSAFE_TEXT } from './sample.ts';

const unsafe = [
  UNSAFE_TEXT.layer,
  UNSAFE_TEXT.image,
  UNSAFE_TEXT.view,
  HOSTILE.layer,
  HOSTILE.image,
  HOSTILE.view,
  '',
  '.',
  '..',
  '../..',
  'a/b',
  'a\\b',
  'Conv',
  'conv ',
  'con',
  'lpt1.txt',
  'ends.',
  '卷积',
  'x'.repeat(300),
  '%2e%2e',
  'a~12345678',
];

describe('slug', () => {
  it('leaves plain names as they are', () => {
    for (const name of ['block1_conv1', 'conv2d', 'first-layer', '0', 'a.b', 'cat-png']) {
      expect(slug(name)).toBe(name);
    }
  });

  it('makes every name one safe folder name', () => {
    for (const name of unsafe) {
      const made = slug(name);
      expect(made).toMatch(/^[a-z0-9._~-]+$/);
      expect(made.length).toBeLessThan(64);
      expect(made).not.toMatch(/^\.|\.$/);
      expect(made, name).toContain('~');
    }
  });

  it('keeps different names apart, also where case does not count', () => {
    const names = [...unsafe, 'conv', 'CONV', 'a-b', 'a b', slug('Conv'), slug('a/b')];
    const made = names.map(slug);
    expect(new Set(made.map((name) => name.toLowerCase())).size).toBe(new Set(names).size);
  });

  it('stays the same from release to release, because links are shared', () => {
    expect(slug('Mixed_5b')).toBe('mixed_5b~5035739c');
    expect(slug('a/b')).toBe('a-b~c14cddc0');
  });
});

describe('links', () => {
  const all: PagePath[] = [
    routes.gallery(),
    routes.experiment('cats'),
    routes.experiment('dogs & co'),
    routes.layer('cats', 'conv'),
    routes.layer('cats', UNSAFE_TEXT.layer),
    routes.filter('cats', 'conv', 11),
    routes.filter('cats', UNSAFE_TEXT.layer, 3),
    routes.image('cats', UNSAFE_TEXT.image),
    routes.view('cats', 'conv'),
  ];

  it('lead from every page to every other, resolved as a browser does it', () => {
    for (const root of ['http://host/', 'http://host/a/b/', 'file:///home/me/dist/']) {
      const address = (page: PagePath) => root + [...page, 'index.html'].map(encodeURIComponent).join('/');
      for (const from of all) {
        for (const to of all) {
          expect(new URL(pageHref(from, to), address(from)).href).toBe(address(to));
        }
      }
    }
  });

  it('are relative and name a file', () => {
    expect(pageHref(routes.filter('cats', 'conv', 11), routes.filter('cats', 'conv', 12))).toBe(
      '../12/index.html',
    );
    expect(pageHref(routes.gallery(), routes.gallery())).toBe('index.html');
    expect(pageHref(routes.view('cats', 'x'), routes.gallery())).toBe('../../../index.html');
    expect(pageHref(routes.gallery(), routes.image('cats', 'a'), 'layer-3')).toBe(
      'cats/images/a/index.html#layer-3',
    );
  });

  it('find the files of a report from where report.json lies', () => {
    for (const page of all) {
      const here = posix.join('/', ...page);
      const found = posix.resolve(here, decodeURIComponent(srcHref(page, 'cats', '../assets/1f.webp')));
      expect(found).toBe('/assets/1f.webp');
      expect(posix.resolve(here, srcHref(page, 'cats', 'panels/conv.json'))).toBe('/cats/panels/conv.json');
      expect(posix.resolve(here, fileHref(page, ['assets', 'site.css']))).toBe('/assets/site.css');
    }
  });
});
