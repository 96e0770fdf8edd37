/**
 * What the console's elements share: buttons, chips, fields, panels.
 *
 * Whatever is pressed in a hurry measures 48 pixels. In dense lists it is 40 under a mouse, so that a screen of 900 pixels holds
 * a show, and where a key or the chosen piece's panel does the same; under a finger it is 48 there too.
 */

import { css } from "lit";

export const look = css`
  *, *::before, *::after { box-sizing: border-box; }
  :host { display: block; color: var(--text); font-size: 0.875rem; --dense: 40px; }
  @media (any-pointer: coarse) { :host { --dense: 48px; } }
  :host([hidden]), [hidden] { display: none !important; }
  h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
  ul, ol { list-style: none; }
  .icon { width: 1.25em; height: 1.25em; flex: none; display: block; }
  .unseen {
    position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap;
  }
  :focus { outline: none; }
  :focus-visible { outline: 2px solid var(--amber); outline-offset: 1px; }

  button, input, textarea, select { font: inherit; color: inherit; }
  button { cursor: pointer; touch-action: manipulation; -webkit-tap-highlight-color: transparent; }
  button:disabled { cursor: default; opacity: 0.45; }
  .button {
    display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-height: var(--target); padding: 0 12px;
    border: 1px solid var(--line); border-radius: var(--radius-small); background: var(--raised); color: var(--text);
    font-weight: 600; white-space: nowrap; transition: background var(--quick), border-color var(--quick);
  }
  .button:hover:not(:disabled) { border-color: var(--line-strong); background: #2e2621; }
  .button[aria-pressed="true"] { border-color: var(--amber); background: var(--amber-soft); color: var(--amber); }
  .primary { background: var(--amber); border-color: var(--amber); color: var(--on-accent); }
  .primary:hover:not(:disabled) { background: #ffc15f; border-color: #ffc15f; }
  .square { width: var(--target); padding: 0; flex: none; }
  .small { min-height: var(--dense); min-width: var(--dense); padding: 0 10px; font-size: 0.8125rem; }
  .small.square { width: var(--dense); padding: 0; }
  .quiet { background: transparent; border-color: transparent; color: var(--muted); }
  .quiet:hover:not(:disabled) { color: var(--text); background: var(--raised); border-color: transparent; }

  kbd {
    font: 600 0.6875rem/1 var(--mono); min-width: 1.5em; padding: 3px 4px; border-radius: 5px; text-align: center;
    background: #00000059; color: inherit; border: 1px solid #ffffff2b;
  }
  .primary kbd { background: #0000001f; border-color: #00000040; }

  input[type="text"], input[type="search"], textarea, select {
    width: 100%; min-height: var(--target); padding: 6px 10px; border: 1px solid var(--line-strong); border-radius: var(--radius-small);
    background: var(--dark); color: var(--text);
  }
  textarea { resize: none; line-height: 1.4; }
  ::placeholder { color: var(--muted); opacity: 1; }
  /* Its own arrow, away from the edge, where the system's stands on it. */
  select {
    appearance: none; padding-right: 30px; text-overflow: ellipsis;
    background-image: linear-gradient(45deg, transparent 50%, currentColor 50%), linear-gradient(-45deg, transparent 50%, currentColor 50%);
    background-size: 6px 6px; background-position: right 18px center, right 12px center; background-repeat: no-repeat;
  }

  .panel { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); }
  .head { display: flex; align-items: center; gap: 8px; min-height: 48px; padding: 4px 6px 4px 14px; }
  .head h2 {
    font-size: 0.75rem; font-weight: 700; letter-spacing: 0.09em; text-transform: uppercase;
    color: var(--muted); margin-right: auto; white-space: nowrap;
  }
  .empty { padding: 18px 16px; color: var(--muted); text-align: center; line-height: 1.45; }
  .row { display: flex; align-items: center; gap: 8px; }
  .grow { flex: 1; min-width: 0; }
  .cut { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .muted { color: var(--muted); }
  .number { font-variant-numeric: tabular-nums; }
`;
