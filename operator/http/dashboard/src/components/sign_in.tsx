import {useState} from 'preact/hooks';
import {signIn, useToken} from '../api/session';
import {Dialog} from './dialog';
import {Notice} from './basics';

export function SignIn() {
  const [value, setValue] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    useToken(value.trim());
  };
  return (
    <Dialog title="Sign in">
      {signIn.value === 'rejected' && <Notice tone="critical">The token has expired or is not known. Enter a new one to go on where you were.</Notice>}
      <p>The operator asks the Kubernetes API server who you are and what you may see and change. A token of a service account will do:</p>
      <pre>kubectl create token NAME -n NAMESPACE</pre>
      <form onSubmit={submit}>
        <label class="field">
          <span>Bearer token</span>
          <input type="password" autocomplete="off" spellcheck={false} required value={value} onInput={event => setValue(event.currentTarget.value)} />
        </label>
        <p class="hint">It stays in this browser tab and is sent to this operator only.</p>
        <div class="buttons"><button class="primary" type="submit">Sign in</button></div>
      </form>
    </Dialog>
  );
}
