"The package, as settings.ini describes it."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

config = ConfigParser(delimiters=['='])
config.read('settings.ini', encoding='utf-8')
cfg = config['DEFAULT']

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'],
    keywords=cfg['keywords'].split(),
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'],
    license_expression='Apache-2.0',
    long_description=Path('README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    packages=find_packages(include=[cfg['lib_path'], cfg['lib_path']+'.*']),
    package_data={cfg['lib_path']: ['*.csv']},
    python_requires='>='+cfg['min_python'],
    install_requires=cfg['requirements'].split(),
    extras_require=dict(api=cfg['api_requirements'].split(),
                        dev=(cfg['dev_requirements']+' '+cfg['api_requirements']).split()),
    entry_points=dict(console_scripts=cfg['console_scripts'].split(),
                      nbdev=[f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"]))
