import type { ManagedRule } from '../managed-rule.ts'

/** Expressions of template engines and expression languages, by the detector. */
export const TEMPLATE_RULES: readonly ManagedRule[] = [
  {
    id: 'template-certain',
    class: 'template',
    sensitivity: 'low',
    weight: 5,
    when: 'waf.value.template.confidence eq "certain"',
    help: 'A template expression that calculates, climbs to classes or runs something: code on the server where input becomes a template.',
    examples: {
      attacks: [
        '{{7*7}}',
        "{{''.__class__.__mro__[1].__subclasses__()}}",
        '${T(java.lang.Runtime).getRuntime().exec("id")}',
        '<%= system("id") %>',
        '<#assign x="freemarker.template.utility.Execute"?new()>${x("id")}',
        "{{constructor.constructor('alert(1)')()}}",
      ],
      benign: ['{{ name }}', 'Hello ${user.name}', '<%= @user.name %>', '#{title}', '$(HOME)'],
    },
  },
  {
    id: 'template-likely',
    class: 'template',
    sensitivity: 'medium',
    weight: 5,
    when: 'waf.value.template.confidence eq "likely"',
    help: 'A template expression that names an object which only the engine knows.',
    examples: { attacks: ['{{config}}', '{{self}}', '{{dump(app)}}'], benign: ['{{ user.config }}', '{{ item }}'] },
  },
  {
    id: 'template-weak',
    class: 'template',
    sensitivity: 'high',
    weight: 3,
    when: 'waf.value.template.confidence eq "weak"',
    help: 'A calculation in a template expression inside a longer text.',
    examples: {
      attacks: [
        'A text about template engines that shows how they calculate, such as {{7*7}} in Jinja or Twig, and then goes on for a while.',
      ],
      benign: ['{{ price }} Euro'],
    },
  },
]
