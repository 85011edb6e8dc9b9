import {useEffect} from 'preact/hooks';
import {signIn, signOut, token} from './api/session';
import {LinkPill, LostBanner} from './components/link_state';
import {SignIn} from './components/sign_in';
import {AuditPage} from './pages/audit';
import {ControlPage} from './pages/control/page';
import {OverviewPage} from './pages/overview/page';
import {PolicyPage} from './pages/policy/page';
import {link, route} from './route';
import {theme, THEMES} from './theme';

export function App() {
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>Skip to the content</a>
      <Header />
      <LostBanner />
      <main id="main" tabIndex={-1}><Page /></main>
      {signIn.value !== 'no' && <SignIn />}
    </>
  );
}

// The address behind the # is the page, so the link moves the focus by hand.
function skipToMain(event: Event) {
  event.preventDefault();
  document.getElementById('main')!.focus();
}

function Page() {
  const at = route.value;
  useEffect(() => {
    const of = 'name' in at ? `${at.name} · ` : at.page === 'audit' ? 'Audit · ' : '';
    document.title = `${of}Spillway`;
  }, [at]);
  switch (at.page) {
    case 'overview': return <OverviewPage />;
    case 'audit': return <AuditPage />;
    case 'policy': return <PolicyPage key={`${at.namespace}/${at.name}`} {...at} />;
    case 'control': return <ControlPage key={`${at.namespace}/${at.name}`} {...at} />;
  }
}

function Header() {
  const page = route.value.page;
  return (
    <header class="top">
      <a class="brand" href={link.overview}>
        <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true"><path d="M5 10h8c6 0 4 12 10 12h4" /><path d="M5 16h5c6 0 4 6 10 6" opacity=".5" /></svg>
        Spillway
      </a>
      <nav aria-label="Pages">
        <a href={link.overview} aria-current={page === 'overview' ? 'page' : undefined}>Services</a>
        <a href={link.audit} aria-current={page === 'audit' ? 'page' : undefined}>Audit</a>
        <a href="/api/v1/docs">API</a>
      </nav>
      <LinkPill />
      <ThemeButton />
      {token.value && <button class="plain" onClick={signOut}>Sign out</button>}
    </header>
  );
}

function ThemeButton() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
  return (
    <button class="plain theme" aria-label={`Colours: ${theme.value}. Change to ${next}`} title={`Colours: ${theme.value}`} onClick={() => (theme.value = next)}>
      {{auto: '◐', light: '☀', dark: '☾'}[theme.value]}
    </button>
  );
}
