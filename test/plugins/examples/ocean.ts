import { defineColormap } from 'filterscope';

export const ocean = defineColormap({ name: 'ocean', colors: ['#06141f', '#0b5c7a', '#39c0c8', '#f4fbf9'] });
