// Builds the page of the Time Machine into dist/ui: three files that load nothing from elsewhere. Run by setup.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('page', import.meta.url)),
  base: './',
  publicDir: false,
  build: {
    outDir: fileURLToPath(new URL('../../dist/ui', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // What would be inlined as a data: address is forbidden by the page's own policy.
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: { output: { entryFileNames: 'app.js', assetFileNames: 'app.[ext]', codeSplitting: false } },
  },
})
