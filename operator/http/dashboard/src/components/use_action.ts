import {useRef, useState} from 'preact/hooks';

/** One request that a person starts: whether it runs, what it answered, how it failed. */
export function useAction<Arguments extends unknown[], T>(request: (...all: Arguments) => Promise<T>) {
  const [state, setState] = useState<{busy: boolean; data?: T; error?: string}>({busy: false});
  const latest = useRef(0);  // an answer that a newer request has overtaken is not shown
  const run = async (...all: Arguments) => {
    const turn = ++latest.current;
    const put = (next: typeof state) => turn === latest.current && setState(next);
    setState({busy: true, data: state.data});
    try {
      const data = await request(...all);
      put({busy: false, data});
      return data;
    } catch (error) {
      put({busy: false, error: (error as Error).message});
      return undefined;
    }
  };
  return {...state, run};
}
