import {useEffect, useState} from 'preact/hooks';
import type {ControlResult, PolicySummary} from '../../api/client';
import {Empty, Notice} from '../../components/basics';
import {Dialog} from '../../components/dialog';
import {TextField} from '../../components/fields';
import {useAction} from '../../components/use_action';

export type Action = {
  title: string;
  effect: string;
  takesReason?: boolean;
  send: (dryRun: boolean, reason: string) => Promise<ControlResult>;
};

const TYPING_MS = 300;

/** Asks before it acts, and shows the resource that would result: the API server checks it, and the caller's rights, in a dry run. */
export function Confirm({action, policy, onClose}: {action: Action; policy: PolicySummary; onClose: (result?: ControlResult) => void}) {
  const [reason, setReason] = useState('');
  const preview = useAction(() => action.send(true, reason));
  const apply = useAction(() => action.send(false, reason));
  // Shown with the reason, once the typing rests.
  useEffect(() => {
    const rest = setTimeout(() => void preview.run(), reason ? TYPING_MS : 0);
    return () => clearTimeout(rest);
  }, [reason]);
  const submit = async (event: Event) => {
    event.preventDefault();
    const result = await apply.run();
    if (result) onClose(result);
  };
  return (
    <Dialog title={`${action.title}?`} onClose={() => onClose()}>
      <p><strong>{policy.namespace}/{policy.name}.</strong> {action.effect}</p>
      <form onSubmit={submit}>
        {action.takesReason && <TextField label="Reason" value={reason} onChange={setReason} maxLength={256} placeholder="optional, kept in the resource and the audit" />}
        {preview.busy && !preview.data && <Empty>Asking the API server what would result…</Empty>}
        {preview.error && <Notice tone="critical">{preview.error}</Notice>}
        {preview.data && (
          <>
            <h3>The same by hand</h3>
            <pre tabIndex={0}>{kubectl(preview.data)}</pre>
            <h3>The resource that results</h3>
            <pre class="yaml" tabIndex={0}>{preview.data.manifest}</pre>
          </>
        )}
        {apply.error && <Notice tone="critical">{apply.error}</Notice>}
        <div class="buttons">
          <button type="button" onClick={() => onClose()}>Cancel</button>
          <button class="primary" disabled={!preview.data || apply.busy}>{action.title}</button>
        </div>
      </form>
    </Dialog>
  );
}

const kubectl = ({namespace, name, patch}: ControlResult) => `kubectl patch asp ${name} -n ${namespace} --type=merge -p '${JSON.stringify(patch)}'`;
