import { mount } from 'svelte';
import './app.css';
import { browserCarrier } from './client/browser.ts';
import { desktopCarrier, Shell } from './client/desktop.ts';
import { App } from './state/app.svelte.ts';
import Root from './views/Root.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app element');
const bridge = window.plimsoll;
const carrier = bridge === undefined ? browserCarrier() : desktopCarrier(bridge);
mount(Root, { target, props: { app: new App(carrier, new Shell(bridge)) } });
