// Loaded into the responder before its own code: the channel to the demo closes when the demo ends, even by kill -9, and
// then nobody would be left to stop the responder.
process.once('disconnect', () => process.exit(0))
