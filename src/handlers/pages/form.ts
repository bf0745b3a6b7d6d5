import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { safeEqual } from '../../model/safe-equal.ts'
import { HttpError } from '../http-error.ts'

/** What every route of a form on a page declares. */
export const FORM = { auth: 'operator', accepts: 'form', isPage: true } as const
export const DESCRIBED = { tags: ['pages'], consumes: ['application/x-www-form-urlencoded'] }
export const formToken = z.string().optional()
export const OnlyToken = z.object({ formToken })

/** @throws HttpError `forbidden` when a form is not one that this sign-in was given. */
export function checkFormToken({ session }: FastifyRequest, given: string | undefined): void {
  if (session !== null && !safeEqual(session.formToken, given ?? '')) throw new HttpError('forbidden')
}
