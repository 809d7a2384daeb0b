/** Light, dark, or as the system has it: a choice at the foot of the page, which all pages of the gallery remember. */
const KEY = 'filterscope-theme';
const CHOICES = { auto: 'Auto', light: 'Light', dark: 'Dark' };

function addThemeSwitch(foot: Element): void {
  const { dataset } = document.documentElement;
  const label = document.createElement('label');
  const select = document.createElement('select');
  label.className = 'theme';
  label.append('Theme ', select);
  for (const [value, text] of Object.entries(CHOICES)) select.append(new Option(text, value));
  select.value = dataset['theme'] ?? 'auto';
  select.addEventListener('change', () => {
    const { value } = select;
    if (value === 'auto') delete dataset['theme'];
    else dataset['theme'] = value;
    try {
      if (value === 'auto') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, value);
    } catch {
      // Then it holds for this page.
    }
  });
  foot.append(label);
}

const foot = document.querySelector('.foot');
if (foot) addThemeSwitch(foot);

export {};
