"""``cache clear``."""

KEPT = ('pictures', 'gallery')


def test_answers_and_pictures_go_and_nothing_else_does(program, demo):
    shown = program.run('show', demo.links[0].url)
    assert shown.code == 0 and answers(program)
    pictures = [program.data / 'cache' / name / 'ab' / 'abcd-96.png' for name in KEPT]
    for picture in pictures:
        picture.parent.mkdir(parents=True)
        picture.write_bytes(b'x' * 1_000_000)
    others = [program.database, program.config]
    others[1].write_text('{}')
    done = program.run('cache', 'clear')
    assert done.code == 0 and not answers(program)
    assert not any(picture.exists() for picture in pictures)
    assert '2 MB' in done.err and all(path.exists() for path in others)


def test_where_there_is_nothing(program):
    done = program.run('cache', 'clear')
    assert done.code == 0 and '0 B' in done.err


def answers(program):
    return [path for path in (program.data / 'cache' / 'answers').rglob('*') if path.is_file()]
