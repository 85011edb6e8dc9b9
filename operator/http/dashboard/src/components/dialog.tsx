import type {ComponentChildren} from 'preact';
import {useEffect, useRef} from 'preact/hooks';

type Props = {title: string; onClose?: () => void; children: ComponentChildren};

/** The browser's own modal dialog: it keeps the focus inside and closes on Escape, unless there is no onClose. */
export function Dialog({title, onClose, children}: Props) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current!;
    const opener = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose?.();
  };
  // Browsers let a second Escape through whatever `cancel` says: who must answer is asked again.
  const closed = () => {
    if (element.current?.isConnected && !onClose) element.current.showModal();
  };
  return (
    <dialog ref={element} aria-labelledby="dialog-title" onCancel={cancel} onClose={closed}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}
