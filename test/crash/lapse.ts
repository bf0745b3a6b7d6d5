import { Redis } from 'ioredis'

const TURNS = ['kp-responder:lease:*', 'kp-responder:role:*', 'kp-responder-looks:*']
const LOOKS = 'kp-responder:looks'

/**
 * Does at once what time does in the 45 s after every replica died: its turns, roles and looks lapse, and so does what the
 * queue carried. That they do is tested elsewhere, with their true times.
 */
export async function letLapse(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl)
  try {
    for (const pattern of TURNS) {
      const keys = await redis.keys(pattern)
      if (keys.length > 0) await redis.del(...keys)
    }
    for (const group of await redis.zrange(LOOKS, '0', '-1')) await redis.zadd(LOOKS, 'XX', 0, group)
  } finally {
    redis.disconnect()
  }
}
