import '@kit/tokens.css';
import '@kit/base.css';
import './page.css';
import type { HallCard } from '@protocol';
import { createApp } from 'vue';
import App from './App.vue';
import NoHall from './entry/NoHall.vue';
import { useView } from './view';

useView().restore();

/** The hall card the server put into the page. */
function inlinedHall(): HallCard | null {
  try {
    return JSON.parse(document.getElementById('hall')?.textContent ?? '') as HallCard;
  } catch {
    return null;
  }
}

const hall = inlinedHall();
(hall ? createApp(App, { hall }) : createApp(NoHall)).mount('#app');
