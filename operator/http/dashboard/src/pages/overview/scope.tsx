import {useState} from 'preact/hooks';
import {namespace, useNamespace} from '../../api/session';
import {Card, Notice} from '../../components/basics';
import {TextField} from '../../components/fields';
import {link} from '../../live';

/** For somebody who may not see all namespaces, but one. */
export function Scope() {
  const [value, setValue] = useState(namespace.value);
  const submit = (event: Event) => {
    event.preventDefault();
    useNamespace(value.trim());
  };
  return (
    <Card title="Which namespace?">
      <Notice tone="attention">{link.value.message}</Notice>
      <p>If you may see one namespace only, name it; leave the field empty for all.</p>
      <form class="row" onSubmit={submit}>
        <TextField label="Namespace" value={value} onChange={setValue} maxLength={63} />
        <button class="primary">Look there</button>
      </form>
    </Card>
  );
}
