// Loaded into a responder before its own code: its input ends when whoever started it does, even by kill -9, and then
// nobody would be left to stop it.
process.stdin.once('end', () => process.exit(0)).resume()
