// Loaded into every program of the bench before its own code: the channel to the bench closes when that ends, even by
// kill -9. Plain JavaScript, since the loader of TypeScript would count as 20 MB of the program that is measured.
process.once('disconnect', () => process.exit(0))
