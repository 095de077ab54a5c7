/** What the digits of a number that a pattern found must satisfy, by the operator's name. */
export const DIGIT_CHECKS: Readonly<Record<string, (digits: string) => boolean>> = {
  verifyCC: isCardNumber,
  verifyCPF: isCpf,
  verifySSN: isSocialSecurityNumber,
  verifySVNR: isSvnr,
}

/** Luhn's check of payment cards (ISO/IEC 7812-1 annex B). */
function isCardNumber(digits: string): boolean {
  if (digits.length === 0) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digitAt(digits, digits.length - 1 - i)
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

const SSN_DIGITS = 9

/** Numbers that people type where they do not want to give theirs. */
const MADE_UP = new Set(['123456789', ...Array.from({ length: 10 }, (_, digit) => String(digit).repeat(SSN_DIGITS))])

/** Social security numbers of the United States: no area 000, 666 or 900 and above, no group 00, no serial 0000. */
function isSocialSecurityNumber(digits: string): boolean {
  if (digits.length !== SSN_DIGITS || MADE_UP.has(digits)) return false
  const area = Number(digits.slice(0, 3))
  const group = Number(digits.slice(3, 5))
  const serial = Number(digits.slice(5))
  return area > 0 && area !== 666 && area < 900 && group > 0 && serial > 0
}

const CPF_DIGITS = 11

/** Brazilian taxpayer numbers: two check digits modulo 11. */
function isCpf(digits: string): boolean {
  if (digits.length !== CPF_DIGITS || /^(.)\1+$/.test(digits)) return false
  return cpfCheckDigit(digits, 9) === digitAt(digits, 9) && cpfCheckDigit(digits, 10) === digitAt(digits, 10)
}

function cpfCheckDigit(digits: string, count: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += digitAt(digits, i) * (count + 1 - i)
  const rest = sum % 11
  return rest < 2 ? 0 : 11 - rest
}

/** Weights of the digits of an Austrian social insurance number; the fourth digit is the check itself. */
const SVNR_WEIGHTS = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]

/** Austrian social insurance numbers: the fourth digit checks the others modulo 11. */
function isSvnr(digits: string): boolean {
  if (digits.length !== SVNR_WEIGHTS.length) return false
  const sum = SVNR_WEIGHTS.reduce((total, weight, i) => total + weight * digitAt(digits, i), 0)
  return sum % 11 === digitAt(digits, 3)
}

const digitAt = (digits: string, at: number): number => digits.charCodeAt(at) - 0x30
