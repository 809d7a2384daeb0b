/** What `filterscope init` writes. */

/** Small enough for half a minute: a bundled network, and images that the program generates. */
export const firstExperiment = (schema: string): string => `${schema}
title: A first look at PatternNet
model:
  zoo: patternnet         # five convolutions, trained on 33 classes of generated images; its weights are bundled
images:
  generated: patterns     # or a folder of your own: \`folder: ../photos\`, sub-folders are classes
  classes: [wheel, owl, honeycomb, zigzag, face, spiral]
  count: 24
  seed: 26
seed: 7
views:
  - id: kernels
    title: The 32 kernels of conv1
    technique: kernels
    layer: conv1
    grid: 4x8

  - id: maps
    title: A wheel in 16 feature maps of conv1 and conv5
    technique: feature-maps
    layers: [conv1, conv5]
    filters: {first: 16}
    images: 0
    grid: 4x8

  - id: patches
    title: The patches that activate eight filters of conv4 most
    technique: top-patches
    layer: conv4
    filters: {first: 8}
    grid: 4x2

  - id: dreams
    title: Images that three filters of conv3 and three classes respond to most
    technique: activation-maximization
    layers: [conv3, predictions]
    filters: [2, 4, 18]
    steps: 40
    grid: 2x3
`;

export const firstNarrative = `---
description: What a small network does with generated images, from its first layer to its classes.
---

PatternNet is a network of five convolutions that tells 33 classes of generated images apart. This report looks at it in four ways.
Its text is in \`content/first-look.md\`, what it shows in \`experiments/first-look.yaml\`: change either and build again.

## The first layer

Each filter of conv1 multiplies 9 × 9 pixels by its weights. The weights can be shown as images: edges, bars and pairs of colours.

![The 32 kernels of conv1.](view:kernels)

## Feature maps

A feature map is the output of one filter, at every position of an image. In conv1 the maps still show the image's edges; in conv5 a
bright spot says only that something is there, and roughly where.

![A wheel in the maps of two layers.](view:maps)

## What activates a filter

For each filter of conv4, the patches of the images with the strongest activations, and beside each patch the pixels that led to it.

![Eight filters of conv4.](view:patches)

Activation maximization asks the opposite question: which image, of all possible ones, activates a filter or a class most?

![Three filters of conv3 and three classes.](view:dreams)

## Your own network

\`npx filterscope new my-network --model path/to/model.keras --images path/to/images\` writes an experiment for it.
`;

export const ignoredFiles = ['node_modules/', 'dist/', '.filterscope/', '.native/'] as const;

export const scripts: Readonly<Record<string, string>> = {
  build: 'filterscope build',
  dev: 'filterscope dev',
  preview: 'filterscope preview',
  check: 'filterscope check',
};

/** Results are kept from run to run, so that only what changed is computed. */
export const workflow = `# Builds the gallery and publishes it on GitHub Pages, after every push to main.
# Once, in the repository's settings: Pages, Build and deployment, Source: GitHub Actions.
name: Gallery
on:
  push:
    branches: [main]
  workflow_dispatch:
permissions:
  contents: read
  pages: write
  id-token: write
concurrency:
  group: pages
  cancel-in-progress: true
jobs:
  publish:
    runs-on: ubuntu-latest
    environment:
      name: github-pages
      url: \${{ steps.deployment.outputs.page_url }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
          cache: npm
      - run: npm ci
      - uses: actions/cache@v4
        with:
          path: .filterscope
          key: filterscope-\${{ github.run_id }}
          restore-keys: filterscope-
      - run: npx filterscope build
      - run: npx filterscope clean --unused
      - uses: actions/configure-pages@v5
      - uses: actions/upload-pages-artifact@v3
        with:
          path: dist
      - id: deployment
        uses: actions/deploy-pages@v4
`;
