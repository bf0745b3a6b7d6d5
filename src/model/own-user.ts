/** Name of the stored setting that holds our own user's id in PagerDuty, once an answer to a call of ours told it. */
export const OWN_USER_SETTING = 'pagerduty.ownUserId'
