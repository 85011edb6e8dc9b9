import {render} from 'preact';
import {App} from './app';
import {follow} from './live';
import './styles/base.css';
import './styles/components.css';
import './styles/pages.css';

render(<App />, document.getElementById('app')!);
void follow();
