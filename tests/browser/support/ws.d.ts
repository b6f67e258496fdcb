// The package brings no types. It is used as the browser's own class is, but for what a browser adds by itself.
declare module 'ws' {
  const NodeSocket: new (address: string, options: { origin: string; headers?: Record<string, string> }) => WebSocket;
  export default NodeSocket;
}
