import '@kit/tokens.css';
import '@kit/base.css';
import './staff.css';
import { createApp } from 'vue';
import App from './App.vue';

createApp(App).mount('#app');
