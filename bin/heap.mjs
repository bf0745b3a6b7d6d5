// Has V8 collect once the heap is twice what the last collection left. By itself it waits for four times that, which in a
// burst is 100 MB more. Imported before the compile cache is opened, whose entries are valid for the same settings only.
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--heap-growing-percent=100')
