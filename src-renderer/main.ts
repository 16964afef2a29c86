import { mount } from 'svelte';
import './app.css';
import { browserCarrier } from './client/browser.ts';
import { App } from './state/app.svelte.ts';
import Root from './views/Root.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app element');
mount(Root, { target, props: { app: new App(browserCarrier()) } });
